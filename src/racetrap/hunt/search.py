"""Spending the budget: as many searches at a time as there are jobs, slice after slice."""

from __future__ import annotations

import asyncio
import time

from racetrap.hunt.messages import Found, SearchDone
from racetrap.hunt.order import Order
from racetrap.hunt.progress import Progress
from racetrap.hunt.seen import Seen
from racetrap.hunt.session import Gone, Unit
from racetrap.hunt.shares import Shares, Slice
from racetrap.hunt.turns import Turns
from racetrap.hunt.verify import Candidate, Verifier


class Searches:
    """All searches of a hunt.  What they meet goes to the verifier at once."""

    def __init__(
        self, order: Order, turns: Turns, verifier: Verifier, seen: Seen, progress: Progress, stopping: asyncio.Event
    ) -> None:
        self.shares = Shares(order.schedules, order.seconds, order.jobs)
        self.seconds = 0.0
        """How long it took, on the wall."""
        self._order = order
        self._turns = turns
        self._verifier = verifier
        self._seen = seen
        self._progress = progress
        self._stopping = stopping
        self._units: dict[str, Unit] = {}
        self._began: float | None = None

    async def run(self, units: list[Unit]) -> None:
        """Search in these units until the budget is used up or the user wants an end."""
        if not units:
            return
        self._units = {unit.name: unit for unit in units}
        self.shares.open(list(self._units))
        self._began = time.monotonic()
        self._progress.search_begins()
        await asyncio.gather(*(self._job() for _ in range(self.jobs)))
        self.seconds = self._elapsed()

    def stop(self) -> None:
        """End all searches soon."""
        for unit in self._units.values():
            unit.stop_searches()

    async def _job(self) -> None:
        while True:
            if self._turns.alone:
                await self._replays()
            if self._stopping.is_set():
                return
            piece = self.shares.take(self._elapsed())
            if piece is None:
                return
            began = time.monotonic()
            async with self._turns.taken():
                runs = await self._slice(self._units[piece.unit], piece)
            self.shares.give_back(piece, min(runs, piece.count), time.monotonic() - began)

    async def _replays(self) -> None:
        """Where there is one server, what was met is replayed before the search goes on, and that takes nothing of its time."""
        began = time.monotonic()
        self._progress.tally.phase = "replaying"
        await self._verifier.settled()
        self._progress.tally.phase = "searching"
        paused = time.monotonic() - began
        assert self._began is not None
        self._began += paused
        self._progress.search_paused(paused)

    async def _slice(self, unit: Unit, piece: Slice) -> int:
        """-> how many of the slice's schedules are done."""
        try:
            done = await self._search(unit, piece)
            if done.reason == "crashed":
                return await self._after_crash(unit, piece, done)
        except Gone as gone:
            self.shares.close(unit.name)
            self._seen.lost_control(f"the search ended early: {gone}", unit.name)
            return 0
        if done.reason == "no-choice":
            self.shares.close(unit.name)
        return done.runs

    async def _after_crash(self, unit: Unit, piece: Slice, done: SearchDone) -> int:
        """Run the schedule that ended its worker once more, in a fork -> the runs of the slice that are done."""
        if not piece.first <= done.index < piece.first + piece.count:
            self.shares.close(unit.name)
            self._seen.lost_control(f"the search broke off: {done.text.strip() or 'its worker died'}", unit.name)
            return done.runs
        offered = self._verifier.offered
        again = await self._search(unit, Slice(unit.name, done.index, 1, self._order.wall), fork=True)
        if again.reason == "crashed" and self._verifier.offered == offered:
            wall = f"{self._order.wall:g} s"
            self._seen.lost_control(
                f"schedule {done.index} ended its process, twice, or did not end within {wall}", unit.name
            )
        return done.index - piece.first + 1

    async def _search(self, unit: Unit, piece: Slice, *, fork: bool = False) -> SearchDone:
        tally = self._progress.tally
        in_process = not (self._order.fork or fork)
        try:
            async for answer in unit.search(
                seed=self._order.seed,
                first=piece.first,
                stride=1,
                count=piece.count,
                seconds=piece.seconds,
                wall=self._order.wall,
                in_process=in_process,
                keep_sleep0=False,
                latency=self._order.latency,
                known=self._verifier.known(),
                inject=list(self._order.inject),
                faults=self._order.faults,
            ):
                if isinstance(answer, Found):
                    self._met(unit, answer, in_process)
                    continue
                in_process = answer.mode != "fork"
                self._seen.search(unit.name, answer)
                tally.modes.update({answer.mode} - {""})
                tally.running[id(piece)] = answer.runs
                if isinstance(answer, SearchDone):
                    return answer
        finally:
            tally.finished_runs += tally.running.pop(id(piece), 0)
        raise Gone(f"{unit.name}: the search ended without saying so")

    def _met(self, unit: Unit, found: Found, in_process: bool) -> None:
        self._seen.strategies.add(found.schedule.strategy.name)
        runs, seconds = self._progress.tally.runs, self._elapsed()
        self._verifier.offer(
            Candidate(unit, found.violation, found.schedule, found.index, in_process, runs=runs, seconds=seconds)
        )
        self._progress.tally.found = self._verifier.offered
        if self._turns.alone:
            unit.stop_searches()  # so that it can be replayed

    @property
    def jobs(self) -> int:
        """Searches at a time."""
        return 1 if self._turns.alone else self._order.jobs

    def _elapsed(self) -> float:
        return time.monotonic() - self._began if self._began is not None else 0.0
