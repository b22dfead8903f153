"""Threads: schedules per second of one core at line grain, and the time to find each of the opponents' thread programs."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from statistics import median

from bench.hunting import PROGRAMS, hunt, in_family
from bench.opponents.install import PYTHON as PEERS
from bench.parts import speed
from bench.rows import Row, at_least, missing

PART = "threads"
FLOORS = {"t1": 1_000.0, "t2": 0.0, "t3": 0.0, "t4": 700.0, "t5": 0.0}
"""Schedules per second of one core, oracles on, lines of the program as switch points; 0: told only."""
VERSUS = ("t1_fixed", "t4_fixed")
"""Searched through to their end by both, for nothing is found; on the peers' interpreter."""
FORMS = ("", "_spawn", "_pool")
FAMILIES = {"t1": ["ATOM"], "t2": ["LOCK"], "t3": ["ATOM"], "t4": ["ACK", "POOL"], "t5": ["WAKE", "USER"]}


def measure(quick: bool) -> list[Row]:
    seeds, seconds = (2, 1.0) if quick else (5, 3.0)
    rows = [_rate(name, seeds, seconds) for name in FLOORS]
    rows += [_against_frontrun(name, seeds, seconds) for name in VERSUS]
    return [*rows, *(_time_to_find(f"{name}{form}", FAMILIES[name], 3 if quick else 20) for name in FLOORS for form in FORMS)]


def _against_frontrun(name: str, seeds: int, seconds: float) -> Row:
    what = f"{name}: schedules/s against frontrun's default (dpor) search"
    if not PEERS.exists():
        return missing(PART, what, "the peers are not installed (make opponents)")
    hunts, searches = [], []
    for seed in range(1, seeds + 1):
        hunts.append(hunt(["python", f"{name}.py"], PROGRAMS, "--jobs", 1, "--seed", seed, seconds=seconds, python=str(PEERS)))
        searches.append(speed.frontrun(name, "dpor", seconds))
    return speed.ratio(PART, name, "default (dpor)", 5.0, hunts, searches)


def _rate(name: str, seeds: int, seconds: float) -> Row:
    what = f"{name} as a script, re-run in process"
    rates = []
    for seed in range(seeds):
        done = hunt(["python", f"{name}.py"], PROGRAMS, "--jobs", 1, "--seed", seed, seconds=seconds)
        if done.error:
            return missing(PART, what, done.error)
        rates.append(done.rate)
    row = at_least(PART, what, median(rates), FLOORS[name], "/s", rates=rates)
    busy = f"{row.measured} (load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores)"
    return Row(row.part, row.what, busy, row.floor if FLOORS[name] else "", row.met if FLOORS[name] else None, row.data)


def _time_to_find(name: str, families: list[str], seeds: int) -> Row:
    """In process: from the beginning of the search to the first schedule that shows it."""
    sys.path[:0] = [str(Path(__file__).resolve().parents[2] / "tests" / "probe")]
    import probing

    what = f"{name}: seconds of search until it is met (median, worst of {seeds} seeds)"
    times = []
    with probing.hunted(sys.executable, PROGRAMS, [f"{name}.py"]) as workload:
        unit = workload.unit()
        for seed in range(seeds):
            searched = unit.search(count=500, seed=seed)
            met = [f["seconds"] for f in searched.found if in_family(f["violation"]["code"], families) and f["violation"]["certain"]]
            if not met:
                return Row(PART, what, f"not met with seed {seed}", "< 0.1 s", False, {"times": times})
            times.append(min(met))
    told = f"{median(times):.3f} s, {max(times):.2f} s"
    return Row(PART, what, told, "< 0.1 s, < 1 s", median(times) < 0.1 and max(times) < 1, {"times": times})
