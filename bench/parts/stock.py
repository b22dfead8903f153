"""The stock runtime: how many certain findings show on asyncio's own loop, too, with the same things late.

Every finding of the opponents' programs, of the suite's buggy programs and of the flagship's tests counts once for each seed.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from bench.hunting import FLAGSHIP, PROGRAMS, ROOT, hunt
from bench.rows import Row, missing

PART = "stock"
BUGGY = ROOT / "tests" / "buggy" / "programs"
SECONDS = 2.0
FLOOR = 0.9


def measure(quick: bool) -> list[Row]:
    shown, of, not_shown = 0, 0, Counter[str]()
    for command, cwd, seconds in _workloads():
        for seed in range(1 if quick else 5):
            done = hunt(command, cwd, "--jobs", 2, "--seed", seed, seconds=seconds)
            if done.error:
                return [missing(PART, " ".join(command), done.error)]
            for finding in done.findings:
                of += 1
                shown += finding["stock"] == "confirmed"
                not_shown[f"{command[-1]} {finding['code']}"] += finding["stock"] != "confirmed"
    rest = ", ".join(f"{name} ({count})" for name, count in sorted(not_shown.items()) if count)
    measured = f"{shown} of {of}" + (f"; not: {rest}" if rest else "")
    what = "certain findings confirmed on the stock runtime within 20 runs"
    return [Row(PART, what, measured, f"≥ {FLOOR:.0%}", bool(of) and shown / of >= FLOOR, {"shown": shown, "of": of})]


def _workloads() -> list[tuple[list[str], Path, float]]:
    programs = sorted(p.name for p in PROGRAMS.glob("*.py") if not p.stem.endswith("_fixed") and p.stem != "install")
    return [
        *((["python", name], PROGRAMS, SECONDS) for name in programs),
        *((["python", path.name], BUGGY, SECONDS) for path in sorted(BUGGY.glob("*.py"))),
        (["pytest", "tests/test_consumer.py"], FLAGSHIP, 10.0),
    ]
