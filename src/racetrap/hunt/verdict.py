"""From what happened to the verdict: one pure function, and its order of precedence."""

from __future__ import annotations

from collections.abc import Sequence

from racetrap.case import Failure, Finding, Uncontrolled, VerdictName


def verdict(
    findings: Sequence[Finding],
    failures: Sequence[Failure],
    uncontrolled: Sequence[Uncontrolled],
    schedules: int,
    *,
    interrupted: bool = False,
) -> VerdictName:
    """The verdict of a hunt.

    Findings win, also when parts were inconclusive: each was replayed.  A unit that fails by itself
    comes next, because nothing was searched in it; one that
    may fail only because it was not under control makes the hunt inconclusive.  "Holds" needs that nothing ran uncontrolled and
    that the search was not broken off and tried at least one schedule.
    """
    if findings:
        return "violated"
    if any(not failure.doubt for failure in failures):
        return "workload-failed"
    if uncontrolled or failures or interrupted or schedules == 0:
        return "inconclusive"
    return "holds-within-bounds"
