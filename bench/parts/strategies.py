"""Each search strategy alone, and the portfolio they make together: schedules until the opponents' programs show their bug."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from statistics import median

from bench.hunting import PROGRAMS, in_family
from bench.rows import Row
from racetrap_probe.strategies import NAMES

PART = "strategies"
COUNT = 200
"""Schedules after which a seed counts as without the bug; it enters the median as that many."""
EXTRA = {"t1": ["ATOM"], "t2": ["LOCK"], "t3": ["ATOM"], "t4": ["ACK", "POOL"], "t5": ["WAKE", "USER"]}


def measure(quick: bool) -> list[Row]:
    programs = {p["name"]: p["expects"] for p in tomllib.loads((PROGRAMS / "cases.toml").read_text())["program"]}
    return [_tried(name, expects, 4 if quick else 20) for name, expects in {**programs, **EXTRA}.items()]


def _tried(name: str, families: list[str], seeds: int) -> Row:
    sys.path[:0] = [str(Path(__file__).resolve().parents[2] / "tests" / "probe")]
    import probing

    told, data = [], {}
    for strategy in (*NAMES, None):
        firsts = []
        with probing.hunted(sys.executable, PROGRAMS, [f"{name}.py"]) as workload:
            unit = workload.unit()
            for seed in range(seeds):
                found = unit.search(count=COUNT, seed=seed, strategy=strategy).found
                mine = [f["index"] for f in found if f["violation"]["certain"] and in_family(f["violation"]["code"], families)]
                firsts.append(min(mine, default=None))
        data[strategy or "all"] = firsts
        met = [f for f in firsts if f is not None]
        middle = median(COUNT if f is None else f for f in firsts)
        told.append(f"{strategy or 'all'} {middle:g} ({len(met)}/{seeds})")
    return Row(PART, f"{name}: schedules until it is met, median (seeds that met it)", ", ".join(told), data=data)
