"""At which schedule of a search each of the opponents' bugs is met: the whole portfolio, without POS, and each strategy alone.

Counts of schedules, not seconds: they follow from the seed and are the same on a busy machine.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from statistics import mean, median
from typing import Any

from bench.hunting import PROGRAMS, in_family
from bench.rows import Row

PART = "strategies"
BEFORE = "random,pct,pct-events"
ONLY = (None, BEFORE, "random", "pct", "pct-events", "pos")
NAMED = {None: "all", BEFORE: "without pos"}
MOST = 1_500
"""Schedules after which a program counts as not found with that seed."""
SLACK = 1.25
"""The portfolio may need that many times the schedules it needs without POS, over all programs: a fifth of its schedules are POS's."""


def measure(quick: bool) -> list[Row]:
    sys.path[:0] = [str(Path(__file__).resolve().parents[2] / "tests" / "probe")]
    programs = tomllib.loads((PROGRAMS / "cases.toml").read_text())["program"]
    seeds = 2 if quick else 10
    needed: dict[str, list[float]] = {"all": [], "without pos": []}
    rows = []
    for program in programs:
        if program["name"].endswith(("_spawn", "_pool")):
            continue  # the same bug in another form
        met = {NAMED.get(only, only or ""): _first(program, only, seeds) for only in ONLY}
        if all(first is None for first in met["all"] + met["without pos"]):
            rows.append(Row(PART, f"{program['name']}: first schedule", f"not met in {MOST:,} schedules by {seeds} seeds, with or without pos"))
            continue
        for name in needed:
            needed[name].append(mean([MOST if first is None else first for first in met[name]]))
        told = ", ".join(f"{name} {_told(first)}" for name, first in met.items())
        worse = sum(first is None for first in met["all"]) > sum(first is None for first in met["without pos"])
        rows.append(Row(PART, f"{program['name']}: first schedule (median of {seeds} seeds)", told, "no seed lost", not worse, {"met": met}))
    ratio = sum(needed["all"]) / sum(needed["without pos"])
    rows.append(Row(PART, "schedules needed in all, with POS / without", f"{ratio:.2f}", f"≤ {SLACK}", ratio <= SLACK, needed))
    return rows


def _first(program: dict[str, Any], only: str | None, seeds: int) -> list[int | None]:
    """For each seed the number of the first schedule that shows the bug; None: none did."""
    import probing

    firsts: list[int | None] = []
    with probing.hunted(sys.executable, PROGRAMS, [f"{program['name']}.py"]) as workload:
        unit = workload.unit()
        for seed in range(1, seeds + 1):
            done = 0
            met: list[int] = []
            while not met and done < MOST:
                searched = unit.search(count=100, first=done, seed=seed, strategy=only)
                met = [f["index"] for f in searched.found if f["violation"]["certain"] and in_family(f["violation"]["code"], program["expects"])]
                done += 100
                if searched.done["reason"] == "no-choice":
                    break
            firsts.append(min(met) + 1 if met else None)
            if len(firsts) == 3 and not any(firsts):
                break
    return firsts


def _told(firsts: list[int | None]) -> str:
    met = [first for first in firsts if first is not None]
    return (f"{median(met):.0f}" if met else "never") + (f" ({len(firsts) - len(met)} of {len(firsts)} not)" if met and len(met) < len(firsts) else "")
