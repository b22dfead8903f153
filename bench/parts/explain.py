"""Explanations: hunts of the flagship with different seeds end in the same constraints; those of the opponents' programs are few; what they cost."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from pathlib import Path
from statistics import median
from typing import Any

from bench.hunting import FLAGSHIP, PROGRAMS, hunt, in_family
from bench.rows import Row, all_of, at_most, missing

PART = "explain"
RACE = ["ACK001", "POOL001"]
TEST = ["pytest", "tests/test_consumer.py::test_consumes"]
FEW = 2
MOST = 3
WITHIN = 10.0
PATIENCE = 300.0
"""Seconds after which an explanation is given up, however busy the machine."""


def measure(quick: bool) -> list[Row]:
    return [*_flagship(3 if quick else 20), *_opponents(["a2", "late_commit", "t1", "t2"] if quick else [])]


def explained(finding: dict[str, Any], cwd: Path) -> dict[str, Any]:
    """The explanation of a stored finding as data; {"error": ...} if there is none."""
    done = subprocess.run(
        [sys.executable, "-m", "racetrap", "explain", str(Path(finding["schedule"]).parent), "--format", "json=-"],
        cwd=cwd, capture_output=True, text=True, timeout=PATIENCE,
    )
    try:
        made: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        return {"error": done.stderr.strip()[-300:] or f"exit {done.returncode}"}
    return made


def orders(made: dict[str, Any]) -> tuple[Any, ...]:
    """Its constraints, as they are known again in any run."""
    return tuple(sorted(json.dumps(ordering["constraint"], sort_keys=True) for ordering in made["orderings"]))


def _flagship(seeds: int) -> list[Row]:
    sets: Counter[tuple[Any, ...]] = Counter()
    times, problems = [], []
    for seed in range(seeds):
        with tempfile.TemporaryDirectory() as place:
            home = Path(place, "service")
            shutil.copytree(FLAGSHIP, home, ignore=shutil.ignore_patterns(".racetrap", "__pycache__", ".pytest_cache"))
            done = hunt(TEST, home, "--jobs", 1, "--seed", seed, "--schedules", 400, seconds=60, save=True)
            race = [f for f in done.findings if f["code"] in RACE]
            if done.error or not race:
                problems.append(f"seed {seed}: {done.error or 'not found'}")
                continue
            made = explained(race[0], home)
        if "error" in made:
            problems.append(f"seed {seed}: {made['error']}")
            continue
        sets[orders(made)] += 1
        times.append(made["seconds"])
    if not sets:
        return [missing(PART, "flagship, race", "; ".join(problems))]
    best = max(sets, key=lambda one: sets[one])
    told = f"{len(sets)} different, {', '.join(f'{len(one)} constraints {count} times' for one, count in sets.items())}"
    return [
        all_of(PART, f"flagship, race: hunts of {seeds} seeds end in the same constraints", sets[best], seeds, "; ".join([told, *problems])),
        at_most(PART, "flagship, race: most constraints", max(map(len, sets)), MOST, ""),
        Row(PART, "flagship, race: median of the seconds", f"{median(times):.1f} s", data={"seconds": times}),
        at_most(PART, "flagship, race: longest", max(times), WITHIN, " s"),
    ]


def _opponents(only: list[str]) -> list[Row]:
    programs = tomllib.loads((PROGRAMS / "cases.toml").read_text())["program"]
    rows, counts, times, flipped = [], [], [], [0, 0]
    found = told = 0
    for program in programs:
        if only and program["name"] not in only:
            continue
        with tempfile.TemporaryDirectory() as place:
            home = Path(place)
            Path(home, "setup.cfg").touch()
            script = shutil.copy(PROGRAMS / f"{program['name']}.py", home)
            done = hunt(["python", Path(script).name], home, "--jobs", 1, "--seed", 1, "--schedules", 1_500, seconds=30, save=True)
            lines = []
            for finding in done.findings:
                found += 1
                made = explained(finding, home)
                if "error" in made:
                    lines.append(f"{finding['code']}: {made['error'][:120]}")
                    continue
                told += not made["why_not"] or bool(made["orderings"])
                counts.append(len(made["orderings"]))
                times.append(made["seconds"])
                flipped[0] += sum(1 for o in made["orderings"] if o["reversed"]["of"])
                flipped[1] += len(made["orderings"])
                expected = "" if in_family(finding["code"], program["expects"]) else " (another bug than the expected one)"
                root = "root known" if made["root"]["known"] else "root unknown"
                few = f"{len(made['orderings'])} constraints" if made["orderings"] or not made["why_not"] else "no constraints make it again"
                lines.append(f"{finding['code']}: {few}, {root}, {made['seconds']:.1f} s{expected}")
            rows.append(Row(PART, program["name"], "; ".join(lines) or done.error or "not found"))
    if not counts:
        return [*rows, missing(PART, "the opponents' programs", "nothing was found")]
    return [
        *rows,
        all_of(PART, "opponents: findings explained", told, found),
        at_most(PART, "opponents: median of the constraints", median(counts), FEW, "", counts=counts),
        at_most(PART, "opponents: most constraints", max(counts), 4, ""),
        all_of(PART, "opponents: constraints that were flipped", *flipped),
        at_most(PART, "opponents: longest", max(times), WITHIN, " s", seconds=times),
    ]
