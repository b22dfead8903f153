"""From a violation somebody saw to a finding: replayed in fresh forks, one per cause.

A search reports what it met, perhaps while re-running in process and with `sleep(0)` taken
for I/O.  Nothing of that is claimed before it has been run again:

1. A failure of the workload's own (USER) whose schedule let a `sleep(0)` be late is tried with
   every `sleep(0)` in its place: by replay, then by `SLEEP0_SEARCH` more schedules.  If it never
   comes back it is listed apart and not counted.
2. The schedule is replayed `REPLAYS` times, each from a fresh fork.  One that shows the same
   cause again makes a finding, which says how many did; where not all do and no run of step 3 does,
   a failure of the workload's own, and what most replays do not show, is told as a doubt.
3. It is run on asyncio's own loop, with the same things late (threads: freely, delayed where they stood still), up to `STOCK_TRIES` times.  Not shown there is not false;
   it is said.
4. With a real server in use, a failure of the workload's own counts only while the default run passes, before those replays and after them.
5. None did: a violation met by re-running in process is looked for once more by fork.  If it
   stays away it is told as a note (the re-run's fault) or, met in a fork, as something uncontrolled.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from math import inf as INF
from typing import Any

import msgspec

from racetrap.case import Divergence, Finding, Note, Schedule, Uncontrolled, Violation
from racetrap.hunt import stock_threads
from racetrap.hunt.defaults import failure_of
from racetrap.hunt.messages import Found, RunResult
from racetrap.hunt.order import REPLAYS, Order
from racetrap.hunt.session import Gone, Unit
from racetrap.hunt.turns import Turns

SLEEP0_SEARCH = 200
STOCK_TRIES = 20
"""Runs on the stock runtime before a finding counts as not confirmed there."""
REDUCE_SECONDS = 8.0
"""How long the switches that do not matter are looked for."""
STOCK_SECONDS = 15.0
"""Real seconds these runs may take in all where they are made on real threads, and in real time."""
STOCK_ENOUGH = 3
"""Runs there that must show it; fewer within those tries are said as they are."""
ATTEMPTS = 3
"""Schedules of one cause that may fail to replay before it is not looked at again."""


@dataclass(frozen=True)
class Candidate:
    """A violation as it was met."""

    unit: Unit
    violation: Violation
    schedule: Schedule
    index: int
    """Number in the portfolio; -1: the default run."""
    in_process: bool
    runs: int = 0
    seconds: float = 0.0
    """How far the hunt was."""


@dataclass
class Confirmed:
    """A candidate that came back."""

    candidate: Candidate
    result: RunResult
    """A full run that shows it."""
    shown: int
    of: int
    diverged: Divergence | None
    on_stock: tuple[int, int] = (0, 0)
    """(how many runs on the stock runtime showed it, how many there were)."""
    of_threads: bool = False
    """What it was run on there were threads."""
    depends_on_sleep0: bool = False
    also_in: list[str] = field(default_factory=list)
    finding: Finding | None = None
    """As it was stored."""

    @property
    def violation(self) -> Violation:
        return self.result.violation(self.candidate.violation.key) or self.candidate.violation


class Verifier:
    """Takes candidates at any time, verifies them beside the search.

    Args:
        on_replayed: called when one will be a finding, before it is tried on the stock runtime.
        on_confirmed: called with each new finding, at once.
    """

    def __init__(
        self, order: Order, turns: Turns, on_replayed: Callable[[], None], on_confirmed: Callable[[Confirmed], None]
    ) -> None:
        self.confirmed: dict[str, Confirmed] = {}
        self.notes: dict[str, Note] = {}
        self.doubts: dict[str, Uncontrolled] = {}
        self.offered = 0
        self._order = order
        self._turns = turns
        self._on_replayed = on_replayed
        self._on_confirmed = on_confirmed
        self._slots = asyncio.Semaphore(max(1, order.jobs))
        self._tasks: set[asyncio.Task[None]] = set()
        self._busy: set[str] = set()
        self._failed: dict[str, int] = {}

    def known(self) -> list[str]:
        """Keys a search need not report any more.  A note is none: the same cause may turn out certain."""
        spent = [key for key, times in self._failed.items() if times >= ATTEMPTS]
        return sorted({*self.confirmed, *self._busy, *spent})

    def offer(self, candidate: Candidate) -> None:
        """Take a violation: a note is kept as it is, everything else is verified once per cause."""
        violation, unit = candidate.violation, candidate.unit
        key = violation.key
        if not violation.certain and key not in self.confirmed:
            self.notes.setdefault(
                key, Note(text=violation.title, code=violation.code, unit=unit.name, sites=violation.sites)
            )
        elif key in self.confirmed:
            seen = self.confirmed[key]
            if unit.name != seen.candidate.unit.name and unit.name not in seen.also_in:
                seen.also_in.append(unit.name)
        elif key not in self._busy and self._failed.get(key, 0) < ATTEMPTS:
            self.offered += not self._failed.get(key)
            self._busy.add(key)
            self._tasks.add(asyncio.create_task(self._verify(candidate)))

    async def settled(self) -> None:
        """Wait until nothing is being verified."""
        while pending := {task for task in self._tasks if not task.done()}:
            await asyncio.wait(pending)
        for task in self._tasks:
            if not task.cancelled():
                task.result()

    def abandon(self) -> None:
        """Stop verifying; what is confirmed stays."""
        for task in self._tasks:
            task.cancel()

    async def _verify(self, candidate: Candidate) -> None:
        key = candidate.violation.key
        try:
            confirmed = await self._confirm(candidate)
        except Gone as gone:
            self.doubts[key] = Uncontrolled(what=f"{candidate.violation.code} could not be replayed: {gone}")
            confirmed = None
        finally:
            self._busy.discard(key)
        if confirmed is not None:
            self.confirmed[key] = confirmed
            self.doubts.pop(key, None)
            self.notes.pop(key, None)
            self._on_confirmed(confirmed)

    async def _confirm(self, candidate: Candidate) -> Confirmed | None:
        key = candidate.violation.key
        depends = False
        over_server = self._turns.alone and candidate.violation.code.startswith("USER")
        if over_server and await self._is_of_now(candidate):
            return None  # told at once: with a server that has gone, each replay would wait for it
        if candidate.violation.code.startswith("USER") and candidate.violation.sleep0:
            steady = await self._with_sleep0_in_place(candidate)
            depends = steady is None
            candidate = steady or candidate
        confirmed = await self._replay(candidate)
        if confirmed is None and candidate.in_process:
            again = await self._look_again_by_fork(candidate)
            confirmed = await self._replay(again) if again is not None else None
        if confirmed is not None and over_server:
            if await self._is_of_now(candidate):
                return None
            if not await self._shows_still(confirmed):
                self._failed[key] = ATTEMPTS
                self.doubts[key] = Uncontrolled(
                    what=f"{candidate.violation.title}: {confirmed.shown} of {confirmed.of} replays showed it, and not all of those tried after them, "
                    "so a server it uses was gone for a while, or answers as it likes",
                    site=str(candidate.violation.sites[0]) if candidate.violation.sites else "",
                )
                return None
        if confirmed is not None:
            confirmed.depends_on_sleep0 = depends
            in_all = confirmed.shown == confirmed.of
            if in_all and not depends:
                self._on_replayed()
            confirmed.on_stock = await self._on_stock(confirmed)
            if is_doubtful(confirmed):
                candidate = confirmed.candidate
            else:
                if not in_all and not depends:
                    self._on_replayed()
                return confirmed
        self._failed[key] = self._failed.get(key, 0) + 1
        self._doubt(candidate, confirmed)
        return None

    def _doubt(self, candidate: Candidate, confirmed: Confirmed | None) -> None:
        """confirmed: what came of its replays, if some showed it."""
        violation = candidate.violation
        where = str(violation.sites[0]) if violation.sites else ""
        told = f"{violation.code} ({violation.title}) was seen once and in {confirmed.shown if confirmed else 0} of {REPLAYS} replays"
        if confirmed is not None and confirmed.on_stock[1]:
            told += f", and in 0 of {confirmed.on_stock[1]} runs on the stock runtime"
        if confirmed is None and candidate.in_process:
            told += "; it was met while re-running in process, which is not proof"
            self.notes.setdefault(
                f"unreplayed {violation.key}", Note(text=told, unit=candidate.unit.name, sites=violation.sites)
            )
        else:
            self.doubts[violation.key] = Uncontrolled(
                what=f"{told}; something outside the schedule decides it", site=where
            )

    async def _replay(self, candidate: Candidate) -> Confirmed | None:
        """Ten fresh forks under the schedule; None when none of them shows the cause."""
        numbers = count()

        async def once() -> RunResult:
            async with self._slots, self._turns.taken():
                return await candidate.unit.run(candidate.schedule, wall=self._order.wall, full=next(numbers) == 0)

        runs = await asyncio.gather(*(once() for _ in range(REPLAYS)))
        key = candidate.violation.key
        showing = [run for run in runs if run.violation(key) is not None]
        if not showing:
            return None
        best = next((run for run in showing if run.events), None)
        if best is None:  # the one run asked for in full was not among those that show it
            async with self._slots, self._turns.taken():
                full = await candidate.unit.run(candidate.schedule, wall=self._order.wall, full=True)
            best = full if full.violation(key) is not None else showing[0]
        diverged = next((run.diverged for run in runs if run.diverged is not None), None)
        return Confirmed(candidate, best, len(showing), REPLAYS, diverged)

    async def _shows_still(self, confirmed: Confirmed) -> bool:
        """Ten more replays, after a default run that passed: does the cause show again, in every one if it did not in every one before?"""
        again = await self._replay(confirmed.candidate)
        return again is not None and (confirmed.shown == confirmed.of or again.shown == again.of)

    async def _is_of_now(self, candidate: Candidate) -> bool:
        """Does the default run fail now, which passed before the search?  Then nothing is claimed, and that is told."""
        now = await self._fails_by_itself_now(candidate)
        if now is not None:
            self._failed[candidate.violation.key] = ATTEMPTS
            self.doubts[candidate.violation.key] = Uncontrolled(
                what=f"{candidate.violation.title}: the workload passed at the start and fails by itself now ({now}), "
                "so a server it uses has gone, or what it keeps has changed",
                site=str(candidate.violation.sites[0]) if candidate.violation.sites else "",
            )
        return now is not None

    async def _fails_by_itself_now(self, candidate: Candidate) -> str | None:
        """How the default run fails now, which passed before the search; None: it passes."""
        schedule = msgspec.structs.replace(candidate.schedule, decisions=[])
        async with self._slots, self._turns.taken():
            run = await candidate.unit.run(schedule, wall=self._order.wall)
        failure = failure_of(candidate.unit.name, run, self._order.wall, "")
        return failure.what if failure is not None else None

    async def _on_stock(self, confirmed: Confirmed) -> tuple[int, int]:
        """Runs on asyncio's own loop with the same things late -> (how many showed it, how many there were)."""
        candidate, timing = confirmed.candidate, confirmed.result.timing
        end = INF
        if any(label.startswith("switch:") for _, _, label in candidate.schedule.decisions):
            confirmed.of_threads = True
            timing = await self._timing_of_threads(confirmed)
            end = asyncio.get_running_loop().time() + STOCK_SECONDS
        attempt = shown = tried = 0
        while timing and shown < STOCK_ENOUGH and tried < STOCK_TRIES and asyncio.get_running_loop().time() < end:
            async with self._slots, self._turns.taken():
                run = await candidate.unit.run(
                    candidate.schedule, wall=self._order.wall, stock={"timing": timing, "attempt": attempt}
                )
            tried += 1
            if run.violation(candidate.violation.key) is not None:
                shown += 1  # and that attempt once more
            else:
                attempt += 1
        return shown, tried

    async def _timing_of_threads(self, confirmed: Confirmed) -> dict[str, Any]:
        """What came when, and who stood still where, in a run with as few switches as the cause needs; empty: it cannot be told."""
        candidate, key = confirmed.candidate, confirmed.candidate.violation.key
        if confirmed.result.turns:
            return {}  # a loop among the threads: its turns cannot be placed among them

        async def run(choices: stock_threads.Choices, full: bool = False) -> RunResult:
            async with self._slots, self._turns.taken():
                return await candidate.unit.run(candidate.schedule, wall=self._order.wall, full=full, keyed=choices)

        async def shows(choices: stock_threads.Choices) -> bool:
            return (await run(choices)).violation(key) is not None

        end = asyncio.get_running_loop().time() + REDUCE_SECONDS
        choices = await stock_threads.reduce(confirmed.result.timing.get("choices", []), shows, lambda: asyncio.get_running_loop().time() < end)
        return {} if choices is None else {**(await run(choices, full=True)).timing, "free": True}

    async def _with_sleep0_in_place(self, candidate: Candidate) -> Candidate | None:
        """The same cause with every `sleep(0)` keeping its FIFO place, or None."""
        key = candidate.violation.key
        async with self._slots, self._turns.taken():
            run = await candidate.unit.run(candidate.schedule, wall=self._order.wall, keep_sleep0=True)
        violation = run.violation(key)
        if violation is not None:
            schedule = msgspec.structs.replace(candidate.schedule, decisions=run.decisions)
            return _met(candidate, violation, schedule, candidate.index, in_process=False)
        return await self._search(
            candidate, first=0, count=SLEEP0_SEARCH, in_process=not self._order.fork, keep_sleep0=True
        )

    async def _look_again_by_fork(self, candidate: Candidate) -> Candidate | None:
        return await self._search(candidate, first=candidate.index, count=1, in_process=False, keep_sleep0=False)

    async def _search(
        self, candidate: Candidate, *, first: int, count: int, in_process: bool, keep_sleep0: bool
    ) -> Candidate | None:
        """The first schedule among these that shows the candidate's cause."""
        async with self._slots, self._turns.taken():
            answers = candidate.unit.search(
                seed=self._order.seed,
                first=first,
                stride=1,
                count=count,
                seconds=self._order.wall,
                wall=self._order.wall,
                in_process=in_process,
                keep_sleep0=keep_sleep0,
                latency=self._order.latency,
                known=[],
                inject=list(self._order.inject),
                faults=self._order.faults,
            )
            met: Candidate | None = None
            async for answer in answers:
                if isinstance(answer, Found) and answer.violation.key == candidate.violation.key and met is None:
                    met = _met(candidate, answer.violation, answer.schedule, answer.index, in_process=in_process)
        return met


def is_doubtful(confirmed: Confirmed) -> bool:
    """Not every replay shows it, no run on the stock runtime does, and it is a failure of the workload's own that was tried there, or most replays do not."""
    shown, tried = confirmed.on_stock
    if shown or confirmed.shown == confirmed.of:
        return False
    return 2 * confirmed.shown < confirmed.of or (tried > 0 and confirmed.candidate.violation.code.startswith("USER"))


def _met(candidate: Candidate, violation: Violation, schedule: Schedule, index: int, *, in_process: bool) -> Candidate:
    return Candidate(
        candidate.unit, violation, schedule, index, in_process, runs=candidate.runs, seconds=candidate.seconds
    )
