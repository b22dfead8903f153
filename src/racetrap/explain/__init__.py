"""Explain: a finding -> the few orders that make it, flipped one by one, as data.

`explain` is the stage.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from racetrap.case import Schedule
from racetrap.errors import Problem
from racetrap.explain.course import Course
from racetrap.explain.model import Explanation
from racetrap.hunt import diagnose
from racetrap.hunt.launch import JobDirectory
from racetrap.hunt.order import Order
from racetrap.hunt.replay import find_unit
from racetrap.hunt.session import Gone, open_session
from racetrap.settings import no_roles
from racetrap.store import Saved, digest

__all__ = ["Explanation", "explain"]


def explain(saved: Saved, schedule: Schedule, *, order: Order, seconds: float | None = None, fork: bool = False) -> Explanation:
    """Explain a stored finding: runs the workload again, many times.

    Raises:
        Problem: the schedule does not show it any more, or the workload cannot be started.
    """
    return asyncio.run(_explain(saved, schedule, order, seconds, fork))


async def _explain(saved: Saved, schedule: Schedule, order: Order, seconds: float | None, fork: bool) -> Explanation:
    directory = JobDirectory()
    workload = saved.workload
    try:
        directory.write_job(
            workload, latency=schedule.latency, roles=order.roles or no_roles(), max_units=order.max_units
        )
        async with open_session(workload, directory) as session:
            unit = await find_unit(session, schedule.unit, order.startup)
            try:
                return await Course(unit, saved, schedule, seconds=seconds, wall=order.wall, fork=fork).run()
            except Gone as gone:
                raise Problem(
                    "The explanation could not be run to its end.",
                    seen=f"{gone}{diagnose.quoted(session.output.tail())}",
                    fix=f"run the workload by itself first: {' '.join(workload.given)}",
                ) from gone
    finally:
        directory.remove()


def changed_sources(saved: Saved) -> list[str]:
    """Files of the finding's sites that are not what they were when it was made."""
    return [path for path, known in saved.sources.items() if digest(Path(saved.workload.root, path)) != known]

