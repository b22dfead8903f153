"""Measure everything and print it beside its floors.

    python bench/run.py [PART...] [--quick] [--json FILE]
    python bench/run.py markdown [FILE]

Parts: speed flagship opponents stock determinism startup, and all of these without any; threads, strategies, wire, peers.  Results are also written to
bench/results/.  A missed floor is told in the table and does not change the exit code: a rate on a busy machine is
no reason to fail.
"""

from __future__ import annotations

import argparse
import datetime
import importlib
import json
import os
import platform
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LATEST = ROOT / "bench" / "results" / "latest.json"
USUAL = ("speed", "flagship", "opponents", "stock", "determinism", "startup")
PARTS = (*USUAL, "threads", "strategies", "wire", "peers")


def machine() -> str:
    """Cores, system, interpreter, and how busy it is before the first measurement."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return (
        f"{cores} cores, {platform.system()} {platform.machine()}, {python}, load {os.getloadavg()[0]:.1f} at the start"
    )


def measure(parts: list[str], quick: bool, target: Path) -> dict[str, Any]:
    """Run these parts -> everything, as data.  Each part is printed, and all so far written, as it is done."""
    from bench.rows import as_text

    results: dict[str, Any] = {
        "date": datetime.date.today().isoformat(),
        "command": " ".join(["python bench/run.py", *sys.argv[1:]]),
        "machine": machine(),
        "quick": quick,
        "rows": [],
    }
    for name in parts:
        sys.stdout.write(f"{name}\n")
        sys.stdout.flush()
        rows = importlib.import_module(f"bench.parts.{name}").measure(quick)
        sys.stdout.write(as_text(rows) + "\n\n")
        sys.stdout.flush()
        results["rows"] += [{**asdict(row), "verdict": row.verdict} for row in rows]
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n")
    return results


def main() -> int:
    sys.path[:0] = [str(ROOT)]
    if sys.argv[1:2] == ["markdown"]:
        from bench.rows import as_markdown

        file = Path(sys.argv[2]) if len(sys.argv) > 2 else LATEST
        sys.stdout.write(as_markdown(json.loads(file.read_text())))
        return 0
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=" ".join(PARTS))
    parser.add_argument("--quick", action="store_true", help="fewer seeds and repeats: to see that it works")
    parser.add_argument("--json", type=Path, default=LATEST, metavar="FILE", help="where the results go")
    options = parser.parse_args()
    if unknown := [part for part in options.parts if part not in PARTS]:
        parser.error(f"no part {unknown[0]!r}; there are: {' '.join(PARTS)}, and `markdown`")
    results = measure(options.parts or list(USUAL), options.quick, options.json)
    missed = sum(row["met"] is False for row in results["rows"])
    judged = sum(row["met"] is not None for row in results["rows"])
    sys.stdout.write(f"{judged - missed} of {judged} floors met; results in {options.json}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
