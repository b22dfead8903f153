"""Running a recorded schedule again."""

from __future__ import annotations

import asyncio

from racetrap.case import Data, Divergence, Finding, Schedule, Workload
from racetrap.errors import Problem
from racetrap.hunt import diagnose
from racetrap.hunt.launch import JobDirectory
from racetrap.hunt.messages import Collected, RunResult
from racetrap.hunt.order import Order
from racetrap.hunt.session import Gone, Session, Unit, open_session
from racetrap.settings import no_roles


class Replayed(Data, frozen=True, kw_only=True):
    """What replaying a finding showed."""

    finding: str
    code: str
    title: str
    shown: int
    times: int
    """How often it was run, each in a fresh fork."""
    digests: int
    """How many different executions there were; 1 when all were the same."""
    diverged: Divergence | None
    """Where the first run that left the record did so."""
    outcomes: dict[str, int]

    @property
    def exit_code(self) -> int:
        """1: the bug is there; 0: it is not; 3: the program has changed too much for the record to say."""
        if self.shown:
            return 1
        return 3 if self.diverged is not None else 0


def replay(finding: Finding, schedule: Schedule, workload: Workload, *, times: int, order: Order) -> Replayed:
    """Run the schedule of a finding again, `times` times, each in a fresh fork.

    Raises:
        Problem: the workload cannot be started, or has no such unit any more.
    """
    return asyncio.run(_replay(finding, schedule, workload, times, order))


async def _replay(finding: Finding, schedule: Schedule, workload: Workload, times: int, order: Order) -> Replayed:
    directory = JobDirectory()
    try:
        directory.write_job(
            workload, latency=schedule.latency, roles=order.roles or no_roles(), max_units=order.max_units
        )
        async with open_session(workload, directory) as session:
            unit = await find_unit(session, schedule.unit, order.startup)
            slots = asyncio.Semaphore(order.jobs)

            async def once() -> RunResult:
                async with slots:
                    return await unit.run(schedule, wall=order.wall)

            try:
                runs = await asyncio.gather(*(once() for _ in range(times)))
            except Gone as gone:
                raise Problem(
                    "The replay could not be run to its end.",
                    seen=f"{gone}{diagnose.quoted(session.output.tail())}",
                    fix=f"run the workload by itself first: {' '.join(workload.given)}",
                ) from gone
    finally:
        directory.remove()
    return summarise(finding, runs)


def summarise(finding: Finding, runs: list[RunResult]) -> Replayed:
    outcomes: dict[str, int] = {}
    for run in runs:
        outcomes[run.outcome] = outcomes.get(run.outcome, 0) + 1
    return Replayed(
        finding=finding.id,
        code=finding.code,
        title=finding.title,
        shown=sum(run.violation(finding.key) is not None for run in runs),
        times=len(runs),
        digests=len({run.digest for run in runs}),
        diverged=next((run.diverged for run in runs if run.diverged is not None), None),
        outcomes=outcomes,
    )


async def find_unit(session: Session, name: str, patience: float) -> Unit:
    """The unit of that name, as soon as it is there."""
    names: list[str] = []
    announced: int | None = None
    while True:
        try:
            async with asyncio.timeout(patience):
                arrival = await session.arrivals.get()
        except TimeoutError:
            arrival = None
        if isinstance(arrival, Unit):
            if arrival.name == name:
                return arrival
            names.append(arrival.name)
        elif isinstance(arrival, Collected):
            announced = arrival.units  # said on another connection than the units come on
        all_there = announced is not None and len(names) >= announced
        if arrival is None and session.hello is None:
            raise diagnose.no_hello(session.workload, session.exit_status, patience, session.output.tail())
        if arrival is None or all_there:
            there = f"there are: {', '.join(names)}" if names else "there is none"
            raise Problem(
                f"The workload has no unit {name!r} any more.",
                seen=f"{there}{diagnose.quoted(session.output.tail())}",
                fix=f"hunt again: racetrap hunt -- {' '.join(session.workload.given)}",
            )
