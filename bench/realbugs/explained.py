"""Hunts the buggy side of real bugs and explains what was found: how many constraints, and is the root site in the function the bug sits in?

    python bench/realbugs/explained.py                               # every case
    python bench/realbugs/explained.py anyio-728 --reports DIR       # some; the text reports are kept in DIR

A case counts as explained when its first finding of an expected family has constraints, or needs none; `root` as right when the root, or for a missing
statement the line the exception left at or came from, is in an expected function of case.toml.  "in the chain": only a link of the chain is.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.hunting import hunt, in_family
from bench.realbugs.cases import ROOT, Case, chosen, names
from bench.realbugs.environments import CannotMake, environment
from bench.realbugs.stress import servers, started
from bench.run import machine

ALL = 1_000_000_000
PATIENCE = 400.0
"""Seconds after which an explanation is given up."""


def is_right(case: Case, site: dict[str, Any] | None) -> bool:
    """Is that site in a function the bug is said to sit in?"""
    return site is not None and site["path"].endswith(case.root.path) and site["function"] in case.root.functions


def try_case(case: Case, seconds: float, seed: int, reports: Path | None) -> dict[str, Any]:
    """Hunt its first buggy side, explain the finding -> what came of it, as data."""
    told: dict[str, Any] = {"case": case.name, "found": False, "explained": False, "root": "", "constraints": None, "why": ""}
    try:
        python = environment(case, case.buggy[0])
        with started(case) as around, tempfile.TemporaryDirectory() as place:
            home = Path(place, case.name)
            shutil.copytree(case.home, home, ignore=shutil.ignore_patterns(".racetrap", "__pycache__"))
            (home / "setup.cfg").touch()
            expected = list(case.families)
            done = hunt(
                ["python", case.workload.name], home, *("--seed", seed, "--schedules", ALL, *case.options), seconds=seconds, python=str(python),
                until=lambda codes: any(in_family(code, expected) for code in codes), save=True, around=around,
            )
            found = [f for f in done.findings if in_family(f["code"], expected) and f.get("schedule")]
            if done.error or not found:
                return {**told, "why": done.error or "not found"}
            told |= {"found": True, "code": found[0]["code"]}
            told |= explain(case, found[0], home, around, reports)
    except (CannotMake, servers.NotInstalled, servers.DidNotStart, RuntimeError, subprocess.TimeoutExpired) as problem:
        told["why"] = str(problem)
    return told


def explain(case: Case, finding: dict[str, Any], home: Path, around: dict[str, str], reports: Path | None) -> dict[str, Any]:
    text = home / "report.txt"
    line = [sys.executable, "-m", "racetrap", "explain", str(Path(finding["schedule"]).parent), "--format", "json=-", "--format", f"text={text}"]
    began = time.monotonic()
    done = subprocess.run(line, cwd=home, capture_output=True, text=True, timeout=PATIENCE, env={**os.environ, **around})
    wall = time.monotonic() - began
    try:
        made = json.loads(done.stdout)
    except ValueError:
        return {"why": done.stderr.strip()[-400:] or f"exit {done.returncode}", "wall": wall}
    if reports is not None:
        reports.mkdir(parents=True, exist_ok=True)
        shutil.copy(text, reports / f"{case.name}.txt")
        (reports / f"{case.name}.json").write_text(done.stdout)
    root = made["root"]
    where = "right" if is_right(case, root["site"]) or is_right(case, root["raised"]) else \
        "in the chain" if any(is_right(case, link["site"]) for link in made["chain"]) else \
        "unknown" if not root["known"] else "elsewhere"
    return {
        "explained": bool(made["orderings"]) or not made["why_not"], "constraints": len(made["orderings"]), "root": where, "why": made["why_not"],
        "site": root["site"], "seconds": made["seconds"], "wall": wall, "mode": made["mode"], "runs": made["runs"], "complete": made["complete"],
        "replays": [made["replays"]["shown"], made["replays"]["of"]],
    }


def row(told: dict[str, Any]) -> str:
    cells = [
        told["case"], told.get("code", ""), "explained" if told["explained"] else "not explained" if told["found"] else "not found",
        "" if told["constraints"] is None else f"{told['constraints']} constraints", told["root"] and f"root {told['root']}",
        f"{told['seconds']:.1f} s, {told['runs']} runs, {told['mode']}" if "seconds" in told else "",
        " ".join(told["why"].split())[:160],
    ]
    return "  ".join(cell for cell in cells if cell)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=", ".join(names()))
    parser.add_argument("--seconds", type=float, default=60.0, help="of search")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--reports", type=Path, metavar="DIR", help="keep the reports there")
    parser.add_argument("--json", type=Path, default=ROOT / "bench" / "results" / "explained.json", metavar="FILE")
    given = parser.parse_args()
    if unknown := [name for name in given.cases if name not in names()]:
        parser.error(f"no case named {', '.join(unknown)}; there are {', '.join(names())}")
    results: dict[str, Any] = {
        "date": datetime.date.today().isoformat(), "command": " ".join(["python bench/realbugs/explained.py", *sys.argv[1:]]), "machine": machine(), "cases": [],
    }
    for case in chosen(given.cases):
        told = try_case(case, given.seconds, given.seed, given.reports)
        results["cases"].append(told)
        print(row(told), flush=True)
        given.json.parent.mkdir(parents=True, exist_ok=True)
        given.json.write_text(json.dumps(results, indent=2) + "\n")
    found = [t for t in results["cases"] if t["found"]]
    explained = [t for t in found if t["explained"]]
    counts = [t["constraints"] for t in explained]
    print(
        f"{len(found)} found of {len(results['cases'])}, {len(explained)} explained, median {median(counts) if counts else '-'} constraints, "
        f"root right in {sum(t['root'] == 'right' for t in found)}, in the chain in {sum(t['root'] in ('right', 'in the chain') for t in found)}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
