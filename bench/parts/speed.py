"""Schedules per second of one core, and the same beside frontrun, in one run.

Every workload is hunted `repeats` times with one job, in turn with the others and with the peer, so that a busy
minute of the machine hits all of them; the median counts.  Ratios compare programs run by the peer's interpreter.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bench.hunting import FLAGSHIP, PROGRAMS, SPEED, Hunt, hunt
from bench.interpreters import version_of
from bench.opponents.install import PYTHON as PEERS
from bench.parts import peers
from bench.rows import Row, at_least, missing, number

PART = "speed"
PROGRAM_NAMES = ("a1", "a2", "a3")
VERSUS = {"dpor": ("default (dpor)", 20.0), "random": ("random", 3.0)}
"""frontrun's searches, and how many times as many schedules per second there have to be."""


@dataclass(frozen=True)
class Workload:
    """What is hunted in, and the least schedules per second of one core."""

    what: str
    command: tuple[str, ...]
    cwd: Path
    floor: float
    fork: bool = False
    python: str = sys.executable


def workloads() -> list[Workload]:
    flagship = ("pytest", "tests/test_consumer.py::test_consumes")
    small = ("pytest", "test_small.py")
    return [
        *(Workload(f"{name} as a script", ("python", f"{name}.py"), PROGRAMS, 5_000) for name in PROGRAM_NAMES),
        Workload("a small pytest-asyncio test", small, SPEED / "small_test", 1_000),
        Workload("the flagship's test", flagship, FLAGSHIP, 300),
        Workload("a forked script without third-party imports", ("python", "fan_out.py"), SPEED, 200, fork=True),
        Workload("a forked pytest-asyncio test", small, SPEED / "small_test", 60, fork=True),
    ]


def hunt_in(workload: Workload, seed: int, seconds: float) -> Hunt:
    options = ["--jobs", "1", "--seed", seed, *(["--fork"] if workload.fork else [])]
    return hunt(list(workload.command), workload.cwd, *options, seconds=seconds, python=workload.python)


def frontrun(name: str, mode: str, seconds: float) -> dict[str, Any]:
    """What run_frontrun.py prints, or {"error": text}."""
    done = subprocess.run(peers.line_of(name, "run_frontrun.py", mode, str(seconds)), capture_output=True, text=True)
    try:
        told: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        return {"error": done.stderr.strip()[-200:] or f"exit {done.returncode}"}
    return told


def measure(quick: bool) -> list[Row]:
    repeats, seconds = (1, 1.0) if quick else (3, 3.0)
    hunted = workloads()
    versus = [
        Workload(name, ("python", f"{name}.py"), PROGRAMS, 0, python=str(PEERS))
        for name in PROGRAM_NAMES
        if PEERS.exists()
    ]
    hunts: dict[Workload, list[Hunt]] = defaultdict(list)
    theirs: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for seed in range(1, repeats + 1):
        for workload in hunted:
            hunts[workload].append(hunt_in(workload, seed, seconds))
        for workload in versus:
            hunts[workload].append(hunt_in(workload, seed, seconds))
            for mode in VERSUS:
                theirs[workload.what, mode].append(frontrun(workload.what, mode, seconds))
    rows = [_rate(workload, hunts[workload]) for workload in hunted]
    if not versus:
        why = "the peers are not installed (make opponents)"
        return [*rows, missing(PART, "ratio to frontrun", why)]
    for mode, (told, floor) in VERSUS.items():
        rows += [ratio(PART, w.what, told, floor, hunts[w], theirs[w.what, mode]) for w in versus]
    return rows


def _rate(workload: Workload, hunts: list[Hunt]) -> Row:
    wanted = "fork" if workload.fork else "in-process"
    what = f"{workload.what}, {'forked' if workload.fork else 're-run in process'}".replace("a forked", "a")
    floor = f"≥ {number(workload.floor)}/s"
    for done in hunts:
        if done.error:
            return missing(PART, what, done.error, floor)
        if not done.mode.startswith(wanted):
            return Row(PART, what, f"{number(done.rate)}/s, but not {wanted}: {done.mode}", floor, False)
    rates = [done.rate for done in hunts]
    return at_least(PART, what, median(rates), workload.floor, "/s", rates=rates)


def ratio(part: str, name: str, mode: str, floor: float, hunts: list[Hunt], searches: list[dict[str, Any]]) -> Row:
    """Our schedules per second beside frontrun's, medians of hunts and searches made in turn."""
    what = f"{name}: schedules/s against frontrun's {mode} search"
    errors = [done.error for done in hunts if done.error] + [told["error"] for told in searches if "error" in told]
    if errors:
        return missing(part, what, errors[0], f"≥ {number(floor)}x")
    ours, theirs = median(done.rate for done in hunts), median(told["schedules_per_s"] for told in searches)
    row = at_least(part, what, ours / theirs, floor, "x", ours=ours, theirs=theirs, peers=searches)
    stalls = max(told["worst_search_s"] for told in searches)
    told = f"{row.measured} ({number(ours)} and {number(theirs)}/s on {version_of(PEERS)}"
    told += f"; its longest search took {number(stalls)} s)" if stalls >= 5 else ")"
    return Row(row.part, row.what, told, row.floor, row.met, row.data)
