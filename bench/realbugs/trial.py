"""One side of a case, hunted; and what its report says of the case's bug."""

from __future__ import annotations

import resource
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.hunting import hunt, in_family
from bench.realbugs.cases import Case
from bench.realbugs.environments import environment

ALL = 1_000_000_000
"""Schedules: as many as there is time for."""


@dataclass
class Trial:
    """What a hunt of one side said."""

    side: str
    requirements: str
    verdict: str = ""
    error: str = ""
    found: bool = False
    """A certain finding of an expected family, shown again by every replay."""
    root: bool = False
    """One of its sites is in an expected function."""
    stock: str = ""
    schedules: int = 0
    """Until it was met; of a side without it, of the whole search."""
    seconds: float = 0.0
    """The same of the search's seconds."""
    cpu: float = 0.0
    """Seconds of CPU time of the whole hunt, start-up and replays included."""
    codes: list[str] = field(default_factory=list)
    """Of the certain findings, expected or not, each with its replays."""
    titles: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    uncontrolled: list[str] = field(default_factory=list)


def try_side(case: Case, side: str, requirements: Path, around: dict[str, str], *, seconds: float, schedules: int, seed: int) -> Trial:
    """Hunt one side.  The buggy one until an expected finding is told, the fixed one to the end of its budget.

    Raises:
        CannotMake: its environment.
    """
    python = environment(case, requirements)
    before = _children_cpu()
    expected = list(case.families)
    done = hunt(
        ["python", case.workload.name],
        case.home,
        *("--seed", seed, "--schedules", ALL if side == "buggy" else schedules, *case.options),
        seconds=seconds,
        python=str(python),
        until=(lambda codes: any(in_family(code, expected) for code in codes)) if side == "buggy" else None,
        around=around,
    )
    trial = Trial(side, requirements.name, error=done.error, cpu=_children_cpu() - before)
    report = done.report
    if not report:
        return trial
    trial.verdict = report["verdict"]
    trial.schedules, trial.seconds = report["schedules"], report["seconds"]
    trial.codes = [f"{f['code']} {f['replayed'][0]}/{f['replayed'][1]}" for f in report["findings"]]
    trial.titles = [f["title"] for f in report["findings"]]
    trial.notes = [f"{n['code']} {n['text']}" for n in report["notes"]]
    trial.uncontrolled = [f"{u['what']} ({u['site']})" for u in report["uncontrolled"]]
    matching = [f for f in report["findings"] if in_family(f["code"], expected) and f["replayed"][0] == f["replayed"][1] > 0]
    if matching:
        best = next((f for f in matching if at_root(case, f)), matching[0])
        trial.found, trial.root, trial.stock = True, at_root(case, best), best["stock"]
        after = best.get("found_after", {})
        trial.schedules, trial.seconds = int(max(after.get("schedules", 0), 1)), after.get("seconds", trial.seconds)
    return trial


def at_root(case: Case, finding: dict[str, Any]) -> bool:
    """Is one of its sites in a function the bug is said to sit in?"""
    return any(
        site["path"].endswith(case.root.path) and site["function"] in case.root.functions for site in finding["sites"]
    )


def _children_cpu() -> float:
    """CPU seconds of all child processes that have ended and were waited for, theirs included."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
