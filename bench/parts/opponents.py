"""The opponents' programs: how many seeds find the bug with default settings and no invariant; their twins silent."""

from __future__ import annotations

import tomllib
from statistics import median
from typing import Any

from bench.hunting import PROGRAMS, hunt, in_family
from bench.rows import Row, all_of, missing

PART = "opponents"
JOBS = 2
SECONDS = 10.0
GIVE_UP = 3
"""Seeds without the bug after which a program is taken to be out of reach."""


def measure(quick: bool) -> list[Row]:
    programs = tomllib.loads((PROGRAMS / "cases.toml").read_text())["program"]
    seeds, schedules = (3, 500) if quick else (20, 5_000)
    rows = [_found(program, seeds, 3.0 if quick else SECONDS) for program in programs]
    twins = [twin for program in programs for twin in program["twins"]]
    return [*rows, *(_silent(twin, schedules) for twin in twins)]


def _found(program: dict[str, Any], seeds: int, seconds: float) -> Row:
    name, expects, promised = program["name"], program["expects"], program["floor"]
    what = f"{name}: found ({' or '.join(expects)})"
    found, times, replays, others, tried = 0, [], [0, 0], set(), 0
    for seed in range(seeds):
        done = hunt(
            ["python", f"{name}.py"],
            PROGRAMS,
            *("--jobs", JOBS, "--seed", seed),
            seconds=seconds,
            until=lambda codes: any(in_family(code, expects) for code in codes),
        )
        tried += 1
        if done.error:
            return missing(PART, what, done.error)
        wanted = [finding for finding in done.findings if in_family(finding["code"], expects)]
        others |= {finding["code"] for finding in done.findings} - {finding["code"] for finding in wanted}
        found += bool(wanted)
        for finding in wanted:
            replays = [replays[0] + finding["replayed"][0], replays[1] + finding["replayed"][1]]
        times += [min(seen.after for seen in done.seen if in_family(seen.code, expects))] if wanted else []
        if tried == GIVE_UP and not found:
            break
    told = [f"replays {replays[0]}/{replays[1]}, median {median(times):.1f} s"] if times else []
    told += [f"also told: {', '.join(sorted(others))}"] if others else []
    return all_of(PART, what, found, tried, ", ".join(told), promised=promised, replays=replays, seconds=times)


def _silent(name: str, schedules: int) -> Row:
    what = f"{name}, correct: certain findings"
    done = hunt(["python", f"{name}.py"], PROGRAMS, "--jobs", JOBS, "--seed", 1, "--schedules", schedules, seconds=120)
    if done.error:
        return missing(PART, what, done.error)
    found, tried = [finding["code"] for finding in done.findings], done.report["schedules"]
    measured = f"{len(found)} in {tried:,} schedules{': ' + ', '.join(found) if found else ''}"
    met = not found and done.report["verdict"] == "holds-within-bounds" and tried >= schedules
    return Row(PART, what, f"{measured}, {done.report['verdict']}", f"0 in {schedules:,}", met, {"codes": found})
