"""Hunts bugs of released packages, and tells what came of it.

    make realbugs                                          # every case; an hour or less
    python bench/realbugs/run.py anyio-947 --seconds 20    # some; --no-stress leaves the comparison out
    python bench/realbugs/run.py markdown FILE             # the JSON file of a run as a table for RESULTS.md

Each buggy side is hunted until a finding of an expected family was met and replayed, or for --seconds; each fixed side for --schedules or --seconds.
Plain stress (stress.py) then gets the CPU time the hunt of the buggy side took.  "fixed side" counts certain findings of any kind there.
The exit status is 1 when a fixed side was accused by an expected family.
"""

from __future__ import annotations

import argparse
import datetime
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.hunting import in_family
from bench.realbugs import rows
from bench.realbugs.cases import ROOT, Case, chosen, names
from bench.realbugs.environments import CannotMake, environment
from bench.realbugs.stress import for_cpu, servers, started
from bench.realbugs.trial import try_side
from bench.run import machine


def try_case(case: Case, given: argparse.Namespace) -> dict[str, Any]:
    """Everything measured of one case, as data."""
    told: dict[str, Any] = {"case": case.name, "families": list(case.families), "runtime": case.runtime, "buggy": [], "fixed": []}
    try:
        with started(case) as around:
            for side, requirements in case.sides():
                if side == "buggy" and told["buggy"] and not given.all_sides:
                    continue
                trial = try_side(
                    case, side, requirements, around, seconds=given.seconds, schedules=given.schedules, seed=given.seed
                )
                told[side].append(asdict(trial))
        if given.stress and told["buggy"]:
            counts, cpu = for_cpu(case, environment(case, case.buggy[0]), told["buggy"][0]["cpu"], given.stress_wall)
            told["stress"] = {"runs": sum(counts.values()), "failed": sum(counts.values()) - counts["healthy"], "cpu": cpu}
    except (CannotMake, servers.NotInstalled, servers.DidNotStart, RuntimeError) as problem:
        told["problem"] = str(problem)
    return told


def accused(told: dict[str, Any]) -> bool:
    """Does a fixed side show a finding of an expected family?"""
    return any(in_family(code.split()[0], told["families"]) for trial in told["fixed"] for code in trial["codes"])


def main() -> int:
    if sys.argv[1:2] == ["markdown"]:
        sys.stdout.write(rows.as_markdown(json.loads(Path(sys.argv[2]).read_text())))
        return 0
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=", ".join(names()))
    parser.add_argument("--seconds", type=float, default=60.0, help="of search, a side")
    parser.add_argument("--schedules", type=int, default=5000, help="of a fixed side, at most")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-stress", dest="stress", action="store_false")
    parser.add_argument("--stress-wall", type=float, default=60.0, metavar="S", help="of plain stress a case, at most")
    parser.add_argument("--all-sides", action="store_true", help="all buggy sides of a case, not its first one only")
    parser.add_argument("--json", type=Path, default=ROOT / "bench" / "results" / "realbugs.json", metavar="FILE")
    given = parser.parse_args()
    if unknown := [name for name in given.cases if name not in names()]:
        parser.error(f"no case named {', '.join(unknown)}; there are {', '.join(names())}")
    results: dict[str, Any] = {
        "date": datetime.date.today().isoformat(),
        "command": " ".join(["python bench/realbugs/run.py", *sys.argv[1:]]),
        "machine": machine(),
        "cases": [],
    }
    print(rows.line(rows.HEAD), flush=True)
    for case in chosen(given.cases):
        told = try_case(case, given)
        results["cases"].append(told)
        print(rows.line(rows.row(told)), flush=True)
        given.json.parent.mkdir(parents=True, exist_ok=True)
        given.json.write_text(json.dumps(results, indent=2) + "\n")
    print(rows.summary(results["cases"]))
    for told in results["cases"]:
        for why in rows.reasons(told):
            print(f"    {told['case']}: {why}")
    return 1 if any(accused(told) for told in results["cases"]) else 0


if __name__ == "__main__":
    sys.exit(main())
