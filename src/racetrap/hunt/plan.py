"""The course of a hunt.

1. Start the workload; take its units as they come (`_gather`).
2. Every unit runs twice under the default schedule (`_default_runs`).  What fails there fails by
   itself and is reported as its own failure; two runs that differ are not under control.
3. Searches, spread over units and jobs by `Shares`, until the budget is used up (`_slot`); what
   they meet is verified beside them by `Verifier`.
4. The report.

Whatever happens in the middle (a unit dies, Ctrl-C, the probe breaks its contract) ends in the report
of what was found until then, with what is missing in it.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable

import msgspec

from racetrap import __version__
from racetrap.case import Bounds, Failure, Finding, Note, Origin, Report, Schedule, Uncontrolled
from racetrap.errors import Problem
from racetrap.hunt import diagnose
from racetrap.hunt.defaults import failure_of, nothing_to_choose, steadiness
from racetrap.hunt.messages import Collected, Found, Hello, Notice, Refused, RunResult, SearchDone, SearchProgress
from racetrap.hunt.order import Order
from racetrap.hunt.progress import Progress
from racetrap.hunt.session import GRACE, Gone, Session, Unit
from racetrap.hunt.shares import Shares, Slice
from racetrap.hunt.verdict import verdict
from racetrap.hunt.verify import Candidate, Confirmed, Verifier

HELLO_WAIT = 30.0
"""Seconds until a command that has not started a Python is told so."""


class Course:
    """One hunt in a running session.

    Args:
        keep: stores a confirmed finding and returns it with its id and paths.
    """

    def __init__(
        self, order: Order, session: Session, progress: Progress, keep: Callable[[Confirmed], Finding]
    ) -> None:
        self.order = order
        self.session = session
        self.progress = progress
        self.stopping = asyncio.Event()
        self._keep = keep
        self._findings: dict[str, Finding] = {}
        self._verifier = Verifier(order, self._confirmed)
        self._shares = Shares(order.schedules, order.seconds, order.jobs)
        self._slots = asyncio.Semaphore(order.jobs)
        self._units: dict[str, Unit] = {}
        self._failures: list[Failure] = []
        self._uncontrolled: dict[tuple[str, str], Uncontrolled] = {}
        self._notices: dict[str, None] = {}
        self._modes: dict[str, str] = {}
        self._strategies: set[str] = set()
        self._choiceless: set[str] = set()
        self._most_turns = 0
        self._most_decisions = 0
        self._searches = 0
        self._collected: int | None = None
        self._left_out = 0
        self._began = time.monotonic()
        self._search_began: float | None = None
        self._search_seconds = 0.0

    def interrupt(self) -> None:
        """End soon: the first time searches stop and what was met is still verified, the second time not."""
        if self.stopping.is_set():
            self._verifier.abandon()
        self.stopping.set()
        for unit in self._units.values():
            unit.stop_searches()

    async def run(self) -> Report:
        """The whole course.

        Raises:
            Problem: there was nothing to hunt in, by the command's or the environment's fault.
        """
        await self._gather()
        if not self.stopping.is_set():
            await self._search_all()
        self.progress.tally.phase = "replaying"
        await self._verifier.settled()
        return self._report()

    # -- 1: units ----------------------------------------------------------------------------------

    async def _gather(self) -> None:
        """Take units until all are there, each sent through its default runs."""
        checks: list[asyncio.Task[None]] = []
        patience = min(HELLO_WAIT, self.order.startup)
        began = time.monotonic()
        while True:
            try:
                arrival = await self._next_arrival(patience)
            except TimeoutError:
                self._nothing_came(time.monotonic() - began)
                break
            if arrival is None:
                self._process_ended()
                break
            if isinstance(arrival, Unit):
                self._units[arrival.name] = arrival
                self.progress.tally.units += 1
                self._note_all(arrival.notices)
                checks.append(asyncio.create_task(self._default_runs(arrival)))
            elif isinstance(arrival, Notice):
                self._note_all([arrival.text])
            elif isinstance(arrival, Refused):
                raise self._refused(arrival)
            elif isinstance(arrival, Collected):
                self._collected, self._left_out = arrival.units, arrival.left_out
            if self._collected is not None and len(self._units) >= self._collected:
                break
            # What was handed over is announced on one connection and comes on others, so it may come later.
            patience = self.order.startup if self._collected is None else GRACE
        for check in checks:
            await check

    async def _next_arrival(self, patience: float) -> Unit | Hello | Notice | Collected | Refused | None:
        """What comes next; None when the process is gone or the user wants an end.

        Raises:
            TimeoutError: nothing for `patience` seconds.
        """
        getting = asyncio.ensure_future(self.session.arrivals.get())
        stopping = asyncio.ensure_future(self.stopping.wait())
        try:
            await asyncio.wait({getting, stopping}, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
            if getting.done():
                return getting.result()
            if stopping.done():
                return None
            raise TimeoutError
        finally:
            getting.cancel()
            stopping.cancel()

    def _nothing_came(self, waited: float) -> None:
        output = self.session.output.tail()
        if self.session.hello is None:
            raise diagnose.no_hello(self.order.workload, self.session.exit_status, waited, output)
        if not self._units:
            raise Problem(
                "The workload does not get to an event loop or a test body.",
                seen=f"Python started, and then nothing for {self.order.startup:.0f} s{diagnose.quoted(output)}",
                fix="if it only needs longer: racetrap hunt --startup 300 -- ...; if it waits for input or a server, "
                "start that first",
            )
        self._uncontrolled_by(f"collecting stopped after {len(self._units)} units: no sign of life for {waited:.0f} s")

    def _process_ended(self) -> None:
        if self.stopping.is_set():
            return
        status, output = self.session.exit_status, self.session.output.tail()
        if self.session.hello is None:
            raise diagnose.no_hello(self.order.workload, status, time.monotonic() - self._began, output)
        if not self._units:
            if self.session.faults:
                self._uncontrolled_by(self.session.faults[0])
            elif status and not diagnose.is_usage(self.order.workload, status):
                what = f"{diagnose.describe(status)} before any event loop or test body"
                self._failures.append(Failure(unit=" ".join(self.order.workload.given), what=what, text=output))
            else:
                raise diagnose.no_units(self.order.workload, status or 0, output)
        elif self._collected is None:
            self._uncontrolled_by(f"the workload {diagnose.describe(status)} before all its units were handed over")

    def _refused(self, message: Refused) -> Problem:
        hello = self.session.hello
        if hello is not None and tuple(hello.python[:2]) < diagnose.OLDEST:
            major, minor = hello.python[:2]
            return diagnose.too_old((major, minor), hello.executable, self.order.workload)
        return Problem(
            "The probe cannot do this job.",
            seen=message.text,
            fix="if the app and the probe are of different versions, install racetrap anew in one environment",
        )

    # -- 2: default runs ---------------------------------------------------------------------------

    async def _default_runs(self, unit: Unit) -> None:
        """Twice what a stock event loop would do."""
        schedule = Schedule(unit=unit.name, latency=self.order.latency)
        try:
            async with self._slots:
                first = await unit.run(schedule, wall=self.order.wall)
                second = await unit.run(schedule, wall=self.order.wall)
        except Gone as gone:
            self._failures.append(
                Failure(unit=unit.name, what=f"could not be run at all: {gone}", text=self.session.output.tail())
            )
            return
        for run in (first, second):
            self._see(run)
        for violation in first.violations:
            if not (violation.code.startswith("USER") and first.outcome != "passed"):
                recorded = Schedule(
                    unit=unit.name,
                    strategy=Origin(seed=self.order.seed),
                    latency=self.order.latency,
                    roles=first.roles,
                    decisions=first.decisions,
                )
                self._verifier.offer(Candidate(unit, violation, recorded, -1, in_process=False))
        failure = failure_of(unit.name, first, self.order.wall, self.session.output.tail())
        if failure is not None:
            self._failures.append(failure)
        doubt = steadiness(unit.name, first, second)
        if doubt is not None:
            self._uncontrolled[doubt.what, doubt.site] = doubt
        if failure is None and nothing_to_choose(first, second):
            self._choiceless.add(unit.name)

    # -- 3: search ---------------------------------------------------------------------------------

    async def _search_all(self) -> None:
        failed = {failure.unit for failure in self._failures}
        names = [name for name in self._units if name not in failed and name not in self._choiceless]
        if not names:
            return
        self._shares.open(names)
        self._search_began = time.monotonic()
        self.progress.search_begins()
        await asyncio.gather(*(self._slot() for _ in range(self.order.jobs)))
        self._search_seconds = time.monotonic() - self._search_began

    async def _slot(self) -> None:
        """One job: slice after slice until nothing is left."""
        while not self.stopping.is_set():
            piece = self._shares.take(self._elapsed())
            if piece is None:
                return
            unit = self._units[piece.unit]
            began = time.monotonic()
            runs = 0
            try:
                done = await self._search(unit, piece)
                runs = done.runs
                if done.reason == "crashed":
                    runs = await self._after_crash(unit, piece, done)
                elif done.reason == "no-choice":
                    self._choiceless.add(unit.name)
                    self._shares.close(unit.name)
            except Gone as gone:
                self._shares.close(unit.name)
                self._uncontrolled_by(f"the search ended early: {gone}", unit.name)
            finally:
                self._shares.give_back(piece, min(runs, piece.count), time.monotonic() - began)

    async def _after_crash(self, unit: Unit, piece: Slice, done: SearchDone) -> int:
        """Run the schedule that ended its worker once more, in a fork -> the runs of the slice that are done."""
        if not piece.first <= done.index < piece.first + piece.count:
            self._shares.close(unit.name)
            self._uncontrolled_by(f"the search broke off: {done.text.strip() or 'its worker died'}", unit.name)
            return done.runs
        offered = self._verifier.offered
        again = await self._search(unit, Slice(unit.name, done.index, 1, self.order.wall), fork=True)
        if again.reason == "crashed" and self._verifier.offered == offered:
            self._uncontrolled_by(
                f"schedule {done.index} ended its process, twice, or did not end within {self.order.wall:g} s",
                unit.name,
            )
        return done.index - piece.first + 1

    async def _search(self, unit: Unit, piece: Slice, *, fork: bool = False) -> SearchDone:
        tally = self.progress.tally
        self._searches += 1
        number = self._searches
        in_process = not (self.order.fork or fork)
        patience = piece.seconds if math.isfinite(piece.seconds) else self.order.seconds
        try:
            async for answer in unit.search(
                seed=self.order.seed,
                first=piece.first,
                stride=1,
                count=piece.count,
                seconds=patience,
                wall=self.order.wall,
                in_process=in_process,
                keep_sleep0=False,
                latency=self.order.latency,
                known=self._verifier.known(),
            ):
                if isinstance(answer, Found):
                    self._met(unit, answer, in_process)
                    continue
                in_process = answer.mode != "fork"
                self._see_mode(unit, answer)
                if isinstance(answer, SearchDone):
                    tally.finished_runs += answer.runs
                    self._most_turns = max(self._most_turns, answer.steps)
                    self._most_decisions = max(self._most_decisions, answer.decisions)
                    self._strategies.update(answer.strategies)
                    return answer
                tally.running[number] = answer.runs
        finally:
            tally.running.pop(number, None)
        raise Gone(f"{unit.name}: the search ended without saying so")

    def _met(self, unit: Unit, found: Found, in_process: bool) -> None:
        self._strategies.add(found.schedule.strategy.name)
        runs, seconds = self.progress.tally.runs, self._elapsed()
        self._verifier.offer(
            Candidate(unit, found.violation, found.schedule, found.index, in_process, runs=runs, seconds=seconds)
        )
        self.progress.tally.found = self._verifier.offered

    def _confirmed(self, confirmed: Confirmed) -> None:
        if confirmed.depends_on_sleep0:
            return
        finding = self._keep(confirmed)
        self._findings[finding.key] = finding
        self.progress.tally.confirmed += 1
        self.progress.say(
            f"{finding.id} {finding.code} {finding.title} (replayed {confirmed.shown}/{confirmed.of}, "
            f"seen after {confirmed.candidate.seconds:.1f} s)"
        )

    # -- 4: what was seen ----------------------------------------------------------------------------

    def _elapsed(self) -> float:
        return time.monotonic() - self._search_began if self._search_began is not None else 0.0

    def _note_all(self, texts: list[str]) -> None:
        self._notices.update(dict.fromkeys(texts))

    def _uncontrolled_by(self, what: str, site: str = "") -> None:
        self._uncontrolled[what, site] = Uncontrolled(what=what, site=site)

    def _see(self, run: RunResult) -> None:
        self._most_turns = max(self._most_turns, run.turns)
        self._most_decisions = max(self._most_decisions, len(run.decisions))
        self._uncontrolled.update({(u.what, u.site): u for u in run.uncontrolled})

    def _see_mode(self, unit: Unit, answer: SearchProgress | SearchDone) -> None:
        self._uncontrolled.update({(u.what, u.site): u for u in answer.uncontrolled})
        if answer.mode:
            self.progress.tally.modes.add(answer.mode)
            self._modes[unit.name] = f"{answer.mode}: {answer.why}" if answer.why else answer.mode

    def _report(self) -> Report:
        uncontrolled = [*self._uncontrolled.values(), *self._verifier.doubts.values()]
        confirmed = self._verifier.confirmed.values()
        findings = [
            self._keep(c) if c.also_in else self._findings[c.violation.key]
            for c in confirmed
            if not c.depends_on_sleep0
        ]
        runs = {unit: count for unit, count in self._shares.runs().items() if unit not in self._choiceless}
        runs |= dict.fromkeys(sorted(self._choiceless), 1)
        schedules = sum(runs.values())
        interrupted = self.stopping.is_set()
        bounds = Bounds(
            units=len(self._units),
            collected=len(self._units) + self._left_out,
            without_choices=len(self._choiceless),
            schedules_per_unit=runs,
            seed=self.order.seed,
            latency=self.order.latency,
            strategies=sorted(self._strategies),
            mode=self._modes,
            jobs=self.order.jobs,
            most_turns=self._most_turns,
            most_decisions=self._most_decisions,
            asked={"seconds": self.order.seconds, "schedules": self.order.schedules},
            ended=self._ended(interrupted),
            startup_seconds=round((self._search_began or time.monotonic()) - self._began, 3),
        )
        hello = self.session.hello
        python = f"{'.'.join(map(str, hello.python))} ({hello.executable})" if hello else ""
        return Report(
            verdict=verdict(findings, self._failures, uncontrolled, schedules, interrupted=interrupted),
            schedules=schedules,
            seconds=round(self._search_seconds, 3),
            seed=self.order.seed,
            bounds=bounds,
            uncontrolled=uncontrolled,
            notes=self._notes(),
            findings=sorted(findings, key=lambda f: (len(f.id), f.id)),
            depends_on_sleep0=[self._keep(c) for c in confirmed if c.depends_on_sleep0],
            failures=self._failures,
            notices=list(self._notices),
            workload=msgspec.structs.replace(self.order.workload, python=python),
            racetrap=__version__,
        )

    def _ended(self, interrupted: bool) -> str:
        if interrupted:
            return "interrupted"
        return "schedules" if self._shares.exhausted else "seconds"

    def _notes(self) -> list[Note]:
        return list(self._verifier.notes.values())
