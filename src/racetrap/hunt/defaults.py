"""Reading the default runs: what a unit does when nothing is late."""

from __future__ import annotations

import signal

from racetrap.case import Failure, Uncontrolled
from racetrap.hunt.messages import RunResult


def failure_of(unit: str, run: RunResult, wall: float, output: str) -> Failure | None:
    """How the unit fails by itself, or None."""
    if run.outcome == "passed":
        return None
    raised = run.exception
    if run.outcome == "unfinished" and run.turns:
        what = (
            f"does not end: {run.turns:,} turns of its loop, {run.virtual_seconds:,.0f} s of its own time, and still going on; "
            "a hunt needs a workload that ends"
        )
    elif run.outcome == "unfinished":
        what = f"did not end within {wall:g} s and was killed (--wall SECONDS gives it longer)"
    elif run.outcome == "killed":
        what = (
            f"was ended by {_signal_name(run.signal)}"
            if run.signal
            else f"was gone before its end was seen (exit status {run.exit})"
        )
    elif run.outcome == "hang":
        what = f"waits for ever: no {_who(run)} can run and nothing is under way"
    elif run.outcome == "no-progress" and any(v.key.startswith("USER003:blocked") for v in run.violations):
        what = f"makes no progress: {'a thread' if run.threads else 'a turn of its event loop'} does not end"
    elif run.outcome == "no-progress":
        turns = "its event loop turns" if run.turns and not run.threads else "it goes on and on"
        what = f"makes no progress: {turns} and nothing changes"
    elif raised is not None:
        what = f"{raised.type}: {raised.message}" if raised.message else raised.type
    elif run.outcome == "failed":
        what = f"ended with exit status {run.exit}"
    else:
        what = f"did not finish ({run.outcome})"
    return Failure(unit=unit, what=what, text=raised.text if raised is not None else _where(run) or output, threads=run.threads > 0)


def _who(run: RunResult) -> str:
    if not run.threads:
        return "task"
    return "task and no thread" if run.turns else "thread"


def _where(run: RunResult) -> str:
    """What the probe says of the place, for failures that raise nothing."""
    own = next((v for v in run.violations if v.code.startswith("USER")), None)
    if own is None:
        return ""
    sites = [f"{site}  {site.function}  {site.role}".rstrip() for site in own.sites]
    return "\n".join([own.title, *sites, *own.detail])


def steadiness(unit: str, first: RunResult, second: RunResult) -> Uncontrolled | None:
    """What two runs under one schedule say about control: None when they were the same."""
    if first.outcome != second.outcome:
        how = f"one {first.outcome}, the other {second.outcome}"
    elif first.digest != second.digest:
        how = f"their events differ ({first.turns} and {second.turns} loop turns)"
        if second.diverged is not None:
            how += f"; at decision {second.diverged.decision} {second.diverged.expected} was expected, and there was {second.diverged.got}"
    else:
        return None
    return Uncontrolled(what=f"two runs under the default schedule were not the same: {how}", site=unit)


def nothing_to_choose(first: RunResult, second: RunResult) -> bool:
    """Whether the unit has one execution only: no decision was open in it."""
    return not any(run.choices or run.decisions for run in (first, second)) and first.digest == second.digest


def _signal_name(number: int | None) -> str:
    try:
        return signal.Signals(number or 0).name
    except ValueError:
        return f"signal {number}"
