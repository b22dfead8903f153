"""`racetrap explain`: settle the options, explain, hand the explanation to its renderers -> exit code."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from racetrap import settings, store, workload
from racetrap.case import Finding, Schedule
from racetrap.errors import Problem
from racetrap.explain import changed_sources, explain
from racetrap.explain.model import Explanation
from racetrap.hunt import Order
from racetrap.report import explanation as text_report
from racetrap.report.formats import Output, outputs
from racetrap.report.inert import inert, problem_lines
from racetrap.report.paint import paint_for
from racetrap.store import Saved


def run_explain(
    finding: Path, *, formats: list[str], seconds: float | None, fork: bool, python: str | None, save: bool
) -> int:
    """Explain a stored finding and print it.  Exit code 1, as the finding is there.

    Raises:
        Problem: there is no such finding, or it is not there any more.
    """
    wanted = outputs(formats)
    directory = named(finding)
    saved, schedule = store.load(directory)
    if python is not None:
        what = saved.workload
        again = workload.prepare(what.given, python=python, cwd=Path(what.cwd))
        saved = msgspec.structs.replace(saved, workload=msgspec.structs.replace(what, command=again.command))
    for path in changed_sources(saved):
        sys.stderr.write(f"racetrap: {inert(path)} has changed since {inert(saved.finding.id)} was found; what follows is about it as it is now\n")
    made = explained(saved, schedule, seconds=seconds, fork=fork)
    if save:
        keep(made, directory if directory.is_dir() else directory.parent)
    show([made], wanted)
    return 1


def explained(saved: Saved, schedule: Schedule, *, seconds: float | None, fork: bool) -> Explanation:
    """The explanation of a loaded finding."""
    root = Path(saved.workload.root)
    order = Order(workload=saved.workload, seed=schedule.strategy.seed, roles=settings.read_roles(root))
    return explain(saved, schedule, order=order, seconds=seconds, fork=fork)


def explain_all(findings: list[Finding], wanted: list[Output], *, fork: bool) -> None:
    """Explain what a hunt found, one after the other, and show all of it at once.  One that cannot be explained is said and left out."""
    made = []
    for finding in findings:
        if not finding.schedule:
            sys.stderr.write(f"racetrap: {inert(finding.id)} could not be saved and is not explained\n")
            continue
        directory = Path(finding.schedule).parent
        sys.stderr.write(f"racetrap: explaining {inert(finding.id)}\n")
        try:
            each = explained(*store.load(directory), seconds=None, fork=fork)
        except Problem as problem:
            sys.stderr.write(f"racetrap: {inert(finding.id)}: {problem_lines(problem)}")
            continue
        keep(each, directory)
        made.append(each)
    show(made, wanted)


def named(finding: Path) -> Path:
    """`F1` is the finding of that name here, if there is no such path."""
    here = store.PLACE / finding
    return here if not finding.exists() and len(finding.parts) == 1 and here.is_dir() else finding


def keep(made: Explanation, directory: Path) -> None:
    """Write everything a finding's directory holds of its explanation."""
    from racetrap.report.files import write_all

    try:
        write_all(made, directory)
    except OSError as error:
        sys.stderr.write(f"racetrap: {inert(str(directory))} cannot be written ({error.strerror}); the explanation is only printed\n")


def show(made: list[Explanation], wanted: list[Output]) -> None:
    """Print or write it in each of the wanted formats."""
    if not wanted:
        paint = paint_for(sys.stdout)
        sys.stdout.write("\n".join(text_report.render(each, paint) for each in made))
    for output in wanted:
        output.write(made)
    sys.stdout.flush()
