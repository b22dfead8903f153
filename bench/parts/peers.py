"""What the peers make of the eight programs, given their invariants.  Not part of `make bench`: it takes some minutes.

A search is the peer's own, until it found something or gave up; it is repeated for some seconds.
"""

from __future__ import annotations

import json
import subprocess
from typing import Any

from bench.hunting import PROGRAMS
from bench.opponents.install import PYTHON as PEERS
from bench.rows import Row, missing, number

PART = "peers"
FORMS = ("", "_spawn", "_fixed")
TASKS = (
    ("run_plain.py", ""),
    ("run_frontrun.py", "dpor"),
    ("run_frontrun.py", "random"),
    ("run_others.py", "simloom"),
    ("run_others.py", "simloom:pct"),
    ("run_others.py", "simloom:systematic"),
    ("run_others.py", "simloop"),
    ("run_others.py", "simloop:pct"),
)
THREADS = (
    ("run_plain.py", ""),
    ("run_plain.py", "--noise"),
    ("run_frontrun.py", "dpor"),
    ("run_frontrun.py", "random"),
    ("run_others.py", "interleave-test"),
    ("run_others.py", "interleave-test:pct"),
    ("run_others.py", "interleave-test:dfs"),
)
RUNS = {**dict.fromkeys(("a1", "a2", "a3"), TASKS), **dict.fromkeys(("t1", "t2", "t3", "t4", "t5"), THREADS)}
"""simloom and simloop are for tasks, interleave-test is for threads."""

PATIENCE = 90.0
"""Seconds a peer may take in all."""


def measure(quick: bool) -> list[Row]:
    if not PEERS.exists():
        return [missing(PART, "the peers", "not installed (make opponents)")]
    seconds = "1" if quick else "5"
    return [
        _row(f"{program}{form}", script, mode, seconds)
        for program, runs in RUNS.items()
        for form in FORMS
        for script, mode in runs
    ]


def line_of(program: str, script: str, mode: str, seconds: str) -> list[str]:
    """The command of one peer's searches in one program."""
    line = [str(PEERS), str(PROGRAMS / "peers" / script), program, *([mode] if mode else []), "--seconds", seconds]
    if script == "run_frontrun.py" and program.startswith("t"):
        return [str(PEERS.with_name("frontrun")), *line]  # for threads it wants its own launcher
    return line


def _row(program: str, script: str, mode: str, seconds: str) -> Row:
    line = line_of(program, script, mode, seconds)
    name = f"{program}: {mode if script == 'run_others.py' else script.removeprefix('run_').removesuffix('.py') + ' ' + mode}"
    try:
        done = subprocess.run(line, capture_output=True, text=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        return Row(PART, name, f"a single search does not end in {PATIENCE:.0f} s")
    try:
        told = json.loads(done.stdout)
    except ValueError:
        return missing(PART, name, done.stderr.strip()[-200:])
    what = f"{program}: {told['tool']} {told['version']}, {told['mode']}"
    return Row(PART, what, _plain(told) if told["tool"] == "plain" else _search(told), data=told)


def _plain(told: dict[str, Any]) -> str:
    failed = told["schedules"] - told["outcomes"].get("passed", 0)
    return f"{failed:,} of {told['schedules']:,} runs failed; {number(told['schedules_per_s'])}/s"


def _search(told: dict[str, Any]) -> str:
    parts = [f"found by {told['found']} of {told['searches']} searches"]
    if told.get("inconclusive"):
        parts.append(f"inconclusive {told['inconclusive']} times")
    if told["found"]:
        parts.append(f"after {number(told['schedules_to_find'])} schedules, {number(told['ms_to_find'])} ms")
    parts.append(f"{number(told['schedules_per_s'])} schedules/s")
    if "replayed" in told:
        parts.append("replayed {}/{}".format(*told["replayed"]))
    if told["worst_search_s"] >= 2:
        parts.append(f"longest search {number(told['worst_search_s'])} s")
    return "; ".join(parts)
