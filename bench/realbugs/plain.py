"""That the workloads are ordinary programs that pass: each as its user runs it, on both sides, against the real server.

    python bench/realbugs/plain.py                      # all cases, 5 runs a side
    python bench/realbugs/plain.py redis-py-2624 --runs 50

A run passes when it ends with status 0, says nothing on stderr (in Python's development mode, so that what is never closed or never awaited
would be told), and prints only lines that the case calls healthy.  Exit status 1 when one did not.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.realbugs.cases import Case, chosen, names
from bench.realbugs.environments import CannotMake, environment
from bench.realbugs.stress import started

PATIENCE = 60


def complaint(case: Case, python: Path, around: dict[str, str]) -> str:
    """What one run did that it should not have, or ''."""
    try:
        done = subprocess.run(
            [str(python), "-X", "dev", str(case.workload)],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            env={**os.environ, **around},
        )
    except subprocess.TimeoutExpired:
        return f"not ended after {PATIENCE} s"
    if done.returncode or done.stderr:
        return f"status {done.returncode}, stderr:\n{done.stderr}"
    wrong = [line for line in done.stdout.splitlines() if not re.fullmatch(case.healthy, line)]
    return f"printed {wrong[0]!r}" if wrong else "" if done.stdout else "printed nothing"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("cases", nargs="*", metavar="CASE", help=", ".join(names()))
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    failed = 0
    for case in chosen(given.cases):
        with started(case) as around:
            for side, requirements in case.sides():
                try:
                    python = environment(case, requirements)
                except CannotMake as problem:
                    print(f"plain.py: {problem}", file=sys.stderr)
                    return 2
                slowest, complaints = 0.0, []
                for _ in range(given.runs):
                    began = time.monotonic()
                    if said := complaint(case, python, around):
                        complaints.append(said)
                    slowest = max(slowest, time.monotonic() - began)
                passed = given.runs - len(complaints)
                print(
                    f"{case.name:22} {side:6} {requirements.name:18} {passed}/{given.runs} passed, slowest {slowest:.2f} s",
                    flush=True,
                )
                for said in complaints[:1]:
                    print(f"    {said}")
                failed += len(complaints)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
