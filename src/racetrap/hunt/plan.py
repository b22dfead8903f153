"""The course of a hunt.

1. Start the workload; take its units as they come (`gather`).
2. Every unit runs twice under the default schedule.  What fails there fails by itself and is
   reported as its own failure; two runs that differ are not under control (`defaults`).
3. Searches, spread over units and jobs, until the budget is used up (`search`, `shares`); what they
   meet is verified beside them (`verify`).
4. The report.

Whatever happens in the middle (a unit dies, Ctrl-C, the probe breaks its contract) ends in the report
of what was found until then, with what is missing in it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import msgspec

from racetrap import __version__
from racetrap.case import Bounds, Failure, Finding, Origin, Report, Schedule
from racetrap.hunt.defaults import failure_of, nothing_to_choose, steadiness
from racetrap.hunt.gather import Gathered, Gathering
from racetrap.hunt.messages import RunResult
from racetrap.hunt.order import Order, usual_jobs
from racetrap.hunt.progress import Progress
from racetrap.hunt.search import Searches
from racetrap.hunt.seen import Seen
from racetrap.hunt.session import Gone, Session, Unit
from racetrap.hunt.turns import Turns
from racetrap.hunt.verdict import verdict
from racetrap.hunt.verify import Candidate, Confirmed, Verifier

UNENDED = 3.0
"""Seconds for the default run, where the watched run before it did not end."""
ALONE = 5.0
"""Seconds in which a unit that does not pass under control may pass without."""
CARRIES_OVER = (
    "the first run of it passed, so something outside (a file, a database) seems to carry over from run to run: --reset COMMAND, or a fixture "
    "racetrap_reset in the project's conftest.py, puts it back"
)


class Course:
    """One hunt in a running session.

    Args:
        keep: stores a confirmed finding and returns it with its id and paths.
    """

    def __init__(
        self, order: Order, session: Session, progress: Progress, keep: Callable[[Confirmed], Finding]
    ) -> None:
        self._order = order
        self._session = session
        self._progress = progress
        self._keep = keep
        self._stopping = asyncio.Event()
        self._has_enough = False
        """It stops because there is a finding, and one is all that was asked for."""
        self._seen = Seen()
        self._turns = Turns()
        self._verifier = Verifier(order, self._turns, self._replayed, self._confirmed)
        self._searches = Searches(order, self._turns, self._verifier, self._seen, progress, self._stopping)
        self._slots = asyncio.Semaphore(order.jobs)
        self._failures: list[Failure] = []
        self._checks: list[asyncio.Task[None]] = []

    def interrupt(self) -> None:
        """End soon: the first time searches stop and what was met is still verified, the second time not."""
        if self._stopping.is_set():
            self._verifier.abandon()
        self._stopping.set()
        self._searches.stop()

    async def run(self) -> Report:
        """The whole course.

        Raises:
            Problem: there was nothing to hunt in, by the command's or the environment's fault.
        """
        began = time.monotonic()
        gathered = await Gathering(self._order, self._session, self._seen, self._stopping, self._unit_came).run()
        if gathered.failure is not None:
            self._failures.append(gathered.failure)
        for check in self._checks:
            await check
        startup = time.monotonic() - began
        if not self._stopping.is_set():
            await self._searches.run(self._worth_searching(gathered))
        self._progress.tally.phase = "replaying"
        await self._verifier.settled()
        return self._report(gathered, startup)

    def _unit_came(self, unit: Unit) -> None:
        self._progress.tally.units += 1
        self._checks.append(asyncio.create_task(self._default_runs(unit)))

    def _worth_searching(self, gathered: Gathered) -> list[Unit]:
        skipped = {failure.unit for failure in self._failures} | self._seen.choiceless
        return [unit for name, unit in gathered.units.items() if name not in skipped]

    async def _default_runs(self, unit: Unit) -> None:
        """Twice what a stock event loop would do; once where it does not pass."""
        order = self._order
        for item in unit.uncontrolled:
            self._seen.lost_control(item.what, item.site)
        wall = min(UNENDED, order.wall) if unit.watched == "unended" else order.wall
        schedule = Schedule(unit=unit.name, latency=order.latency)
        try:
            async with self._slots, self._turns.taken():
                first = await unit.run(schedule, wall=wall)
                if first.servers:
                    self._turns.alone = True
                    self._seen.notice([_one_at_a_time(first.servers, order.workload.reset)])
                if any(label.startswith("arrived:") for *_, label in first.decisions):
                    schedule = msgspec.structs.replace(schedule, decisions=first.decisions)
                failure = failure_of(unit.name, first, wall, self._session.output.tail())
                if failure is not None:
                    doubt = await self._doubt(unit, first, schedule)
                    said = f"; {', '.join(first.unheard)} did not answer" if first.unheard else ""
                    self._failures.append(msgspec.structs.replace(failure, what=failure.what + said, doubt=doubt))
                    self._seen.run(first)
                    self._offer_from_default(unit, first)
                    return
                second = await unit.run(schedule, wall=order.wall)
        except Gone as gone:
            text = self._session.output.tail()
            self._failures.append(Failure(unit=unit.name, what=f"could not be run at all: {gone}", text=text))
            return
        self._seen.hears(unit.name, first)
        self._seen.run(first)
        self._seen.run(second)
        self._offer_from_default(unit, first)
        unsteady = steadiness(unit.name, first, second)
        if unsteady is not None:
            self._seen.lost_control(unsteady.what, unsteady.site)
        if second.outcome == "passed" and nothing_to_choose(first, second) and not order.inject:
            self._seen.choiceless.add(unit.name)

    async def _doubt(self, unit: Unit, run: RunResult, schedule: Schedule) -> str:
        """Why a default run that did not pass may be racetrap's doing, and not the unit's own; empty: it is the unit's own."""
        raised = run.outcome in ("failed", "killed")
        if run.uncontrolled or unit.uncontrolled:
            return "something in it was not under control"
        if unit.watched == "passed" and raised:
            self._seen.lost_control("something outside (a file, a database) carries over from run to run: the first one passed, the next did not", unit.name)
            return CARRIES_OVER
        alone = await unit.run(schedule, wall=min(ALONE, self._order.wall), alone=True)
        if alone.outcome != "passed":
            return ""
        self._seen.lost_control("without racetrap's control it passes, with it it does not", unit.name)
        return "it passes when the interpreter runs it without racetrap's control"

    def _offer_from_default(self, unit: Unit, run: RunResult) -> None:
        """Rules broken although nothing was late.  The workload's own failure is no finding here."""
        schedule = Schedule(
            unit=unit.name,
            strategy=Origin(seed=self._order.seed),
            latency=self._order.latency,
            roles=run.roles,
            decisions=run.decisions,
        )
        for violation in run.violations:
            if run.outcome == "passed" or not violation.code.startswith("USER"):
                self._verifier.offer(Candidate(unit, violation, schedule, -1, in_process=False))
        self._progress.tally.found = self._verifier.offered

    def _replayed(self) -> None:
        if self._order.first and not self._stopping.is_set():
            self._has_enough = True
            self._stopping.set()
            self._searches.stop()

    def _confirmed(self, confirmed: Confirmed) -> None:
        finding = confirmed.finding = self._keep(confirmed)
        if confirmed.depends_on_sleep0:
            return
        self._progress.tally.confirmed += 1
        seconds = confirmed.candidate.seconds
        when = f"after {seconds:.1f} s" if confirmed.candidate.index >= 0 else "with nothing late"
        self._progress.say(
            f"{finding.id} {finding.code} {finding.title} (met {when}, replayed {confirmed.shown}/{confirmed.of})"
        )

    def _findings(self, *, depends_on_sleep0: bool) -> list[Finding]:
        """Those of one kind, in the order of their numbers."""
        findings = []
        for confirmed in self._verifier.confirmed.values():
            if confirmed.depends_on_sleep0 == depends_on_sleep0:
                assert confirmed.finding is not None
                findings.append(self._keep(confirmed) if confirmed.also_in else confirmed.finding)
        return sorted(findings, key=lambda finding: (len(finding.id), finding.id))

    def _report(self, gathered: Gathered, startup: float) -> Report:
        self._seen.judge_silence()
        findings = self._findings(depends_on_sleep0=False)
        uncontrolled = [*self._seen.uncontrolled, *self._verifier.doubts.values()]
        bounds = self._bounds(gathered, startup)
        schedules = sum(bounds.schedules_per_unit.values())
        interrupted = self._stopping.is_set() and not self._has_enough
        judged = verdict(findings, self._failures, uncontrolled, schedules, interrupted=interrupted)
        if judged == "holds-within-bounds":
            self._seen.hint()
        hello = self._session.hello
        python = f"{'.'.join(map(str, hello.python))} ({hello.executable})" if hello else ""
        return Report(
            verdict=judged,
            schedules=schedules,
            seconds=round(self._searches.seconds, 3),
            seed=self._order.seed,
            bounds=bounds,
            uncontrolled=uncontrolled,
            notes=list(self._verifier.notes.values()),
            findings=findings,
            depends_on_sleep0=self._findings(depends_on_sleep0=True),
            failures=self._failures,
            notices=self._seen.notices,
            workload=msgspec.structs.replace(self._order.workload, python=python),
            racetrap=__version__,
        )

    def _bounds(self, gathered: Gathered, startup: float) -> Bounds:
        order, seen = self._order, self._seen
        runs = self._searches.shares.runs() | dict.fromkeys(sorted(seen.choiceless), 1)
        ended = "schedules" if self._searches.shares.exhausted else "seconds"
        if self._stopping.is_set():
            ended = "first" if self._has_enough else "interrupted"
        return Bounds(
            units=len(gathered.units),
            collected=len(gathered.units) + gathered.left_out,
            without_choices=len(seen.choiceless),
            schedules_per_unit=runs,
            seed=order.seed,
            latency=order.latency,
            strategies=sorted(seen.strategies),
            mode=seen.modes,
            jobs=self._searches.jobs,
            most_turns=seen.most_turns,
            most_decisions=seen.most_decisions,
            inject=list(order.inject),
            faults=order.faults if order.inject else 0,
            asked={"seconds": order.seconds, "schedules": order.schedules, "wall": order.wall,
                   **({"jobs": order.jobs} if order.jobs != usual_jobs() else {})},
            startup_seconds=round(startup, 3),
            ended=ended,
        )


def _one_at_a_time(servers: list[str], reset: str) -> str:
    if reset:
        return f"a real server is in use ({', '.join(servers)}): one job; before each schedule: {reset}"
    return (
        f"a real server is in use ({', '.join(servers)}): one job, and what the server keeps carries over from schedule to schedule "
        "(--reset COMMAND, or a fixture racetrap_reset in the project's conftest.py, puts it back)"
    )
