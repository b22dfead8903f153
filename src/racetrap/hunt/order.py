"""What the user asked a hunt for."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any

from racetrap.case import Workload
from racetrap.settings import no_roles

SECONDS = 30.0
SCHEDULES = 5_000
FAULTS = ("cancel", "reset", "error")
UNLIMITED = 1_000_000_000
"""The budget that was not asked for, when the other one was."""
WALL = 10.0
REPLAYS = 10
"""Fresh forks a finding is replayed in before it is reported."""


def usual_jobs() -> int:
    """As many searches at a time as there are cores for this process."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1


@dataclass(frozen=True, kw_only=True)
class Order:
    """One hunt: the workload, the budget and the limits."""

    workload: Workload
    seed: int
    seconds: float = SECONDS
    """Of search, all jobs at once."""
    schedules: int = SCHEDULES
    """In all, spread over the units."""
    latency: float = 1.0
    """How late a sleep may be, in virtual seconds."""
    jobs: int = field(default_factory=usual_jobs)
    first: bool = False
    """End at the first certain finding."""
    fork: bool = False
    """Never re-run in process."""
    wall: float = WALL
    """Seconds one execution may take before it is killed."""
    startup: float = 60.0
    """Seconds without a sign of life until the workload counts as stuck on its way to the first event loop."""
    max_units: int = 64
    inject: tuple[str, ...] = ()
    """Faults nobody in the program makes: "cancel", "reset", "error"."""
    faults: int = 1
    """How many of them may strike in one schedule."""
    roles: dict[str, Any] = field(default_factory=no_roles)
