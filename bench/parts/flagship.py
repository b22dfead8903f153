"""The flagship's ordinary tests: its two bugs as two findings, for every seed; its twins silent, its variants found.

The clock runs from the start of the command until both findings were met *and* replayed.
"""

from __future__ import annotations

import importlib.util
import tempfile
from pathlib import Path
from statistics import median
from types import ModuleType

from bench.hunting import FLAGSHIP, ROOT, Hunt, hunt, in_family
from bench.rows import Row, all_of, at_most, missing

PART = "flagship"
COMMAND = ["pytest", "tests/test_consumer.py"]
JOBS = 2
RACE = ["ACK", "POOL001"]
LEAK = ["POOL005"]
WITHIN = 10.0
"""Seconds for both."""
TWIN_SCHEDULES = 5_000


def both(codes: set[str]) -> bool:
    return any(in_family(c, RACE) for c in codes) and any(in_family(c, LEAK) for c in codes)


def measure(quick: bool) -> list[Row]:
    return [*_both_bugs(3 if quick else 20), *_variants(500 if quick else TWIN_SCHEDULES)]


def _both_bugs(seeds: int) -> list[Row]:
    good, times, replays, others = 0, [], [0, 0], set()
    for seed in range(seeds):
        done = hunt(COMMAND, FLAGSHIP, "--jobs", JOBS, "--seed", seed, seconds=WITHIN, until=both)
        if done.error:
            return [missing(PART, f"both bugs, seed {seed}", done.error)]
        good += both({finding["code"] for finding in done.findings})
        race = [seen.after for seen in done.seen if in_family(seen.code, RACE)]
        leak = [seen.after for seen in done.seen if in_family(seen.code, LEAK)]
        if race and leak:
            times.append(max(min(race), min(leak)))
        for finding in done.findings:
            if in_family(finding["code"], RACE + LEAK):
                replays = [replays[0] + finding["replayed"][0], replays[1] + finding["replayed"][1]]
            else:
                others.add(finding["code"])
    rows = [all_of(PART, f"both bugs found, {seeds} seeds", good, seeds, ", ".join(sorted(others)))]
    if times:
        rows += [
            all_of(PART, "their replays", *replays),
            at_most(PART, "longest time until both were replayed", max(times), WITHIN, " s", seconds=times),
            Row(PART, "median time until both were replayed", f"{median(times):.1f} s"),
        ]
    return rows


def _variants(schedules: int) -> list[Row]:
    module = _variants_module()
    rows, racy, missed = [], [], []
    for name in module.FILES:
        with tempfile.TemporaryDirectory() as place:
            service = module.build(name, Path(place))
            if name.startswith("fixed"):
                done = hunt(COMMAND, service, "--jobs", JOBS, "--seed", 1, "--schedules", schedules, seconds=300)
                rows.append(_silent(name, done, schedules))
                continue
            done = hunt(
                COMMAND,
                service,
                *("--jobs", JOBS, "--seed", 1),
                seconds=WITHIN,
                until=lambda codes: any(in_family(code, RACE) for code in codes),
            )
            racy.append(name)
            if not any(in_family(f["code"], RACE) and f["replayed"] == [10, 10] for f in done.findings):
                missed.append(name)
    told = f"not: {', '.join(missed)}" if missed else ""
    what = "buggy variants whose race was found and replayed 10/10"
    return [*rows, all_of(PART, what, len(racy) - len(missed), len(racy), told, variants=racy)]


def _silent(name: str, done: Hunt, schedules: int) -> Row:
    what = f"{name} twin: certain findings"
    if done.error:
        return missing(PART, what, done.error)
    tried, found = done.report["schedules"], [finding["code"] for finding in done.findings]
    measured = f"{len(found)} in {tried:,} schedules{': ' + ', '.join(found) if found else ''}"
    met = not found and done.report["verdict"] == "holds-within-bounds" and tried >= schedules * 0.98
    return Row(PART, what, f"{measured}, {done.report['verdict']}", f"0 in {schedules:,}", met, {"codes": found})


def _variants_module() -> ModuleType:
    """The variants the suite hunts in, too."""
    spec = importlib.util.spec_from_file_location("flagship_variants", ROOT / "tests" / "flagship" / "variants.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
