"""On the stock runtime: one run on asyncio's own loop code, the oracles only watching.

A controlled run is first turned into what it means in production (`Trace`): this sleep took that much longer, these bytes and
that executor's result came that much later, and so much time passed in that turn of the loop.  `StockEngine` then makes just these things
late; everything else, the order of callbacks, of timers, of tasks, is decided by asyncio's own `_run_once`, which is not replaced.
The clock it reads is the probe's, so a run takes no longer than its callbacks.

Attempt 0 has every lateness and every turn as they were recorded.  Later attempts keep the latenesses only, each longer or shorter by up to a
tenth, and let every turn take up to 50 microseconds: is it still there when nothing but the order of magnitude is the same?
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from types import CodeType
from typing import Any

from .engine import EPOCH, INF, Arrival, Engine, gone
from .faults import Recorded
from .strategies.stock import Stock

APART = 4e-9
"""Seconds between two turns at one moment of the controlled clock; more than the loop's resolution (1e-9)."""
TICK = 2.4e-10
"""The least difference between two moments of the clock; four of them are within the loop's resolution."""
TURN = 5e-5
"""Seconds a turn takes at most in later attempts."""


Planned = tuple[float, float, int, int]
"""Seconds late, when, in which turn, its place in the order of all arrivals."""


LONG = 3600.0
"""Seconds by which something is late that never came while anybody waited for it."""


class Stops:
    """When threads went on in a controlled run, so that free ones can be delayed until then: before the nth time that thread came to that line."""

    def __init__(self) -> None:
        self.made: list[list[Any]] = []
        """[actor, file, line, n, hand-overs so far, virtual seconds so far]."""
        self.visits: Counter[tuple[int, str, int]] = Counter()
        self.fresh: set[int] = set()
        """Threads that went on and have not come to a line yet."""

    def line(self, world: Any, actor: int, code: CodeType, number: int) -> None:
        """A thread comes to a line."""
        self.visits[actor, code.co_filename, number] += 1
        if actor in self.fresh:
            self.fresh.discard(actor)
            self._goes_on(world, actor, code, number)

    def goes_on(self, world: Any, worker: Any, at_start: bool) -> None:
        """It has the baton again; at_start: it stood at the start of a line."""
        if at_start:
            self._goes_on(world, worker.actor, *worker.site)
        else:
            self.fresh.add(worker.actor)

    def _goes_on(self, world: Any, actor: int, code: CodeType, number: int) -> None:
        key = actor, code.co_filename, number
        self.made.append([*key, self.visits[key], world.progress, world.engine.now - EPOCH])


class Trace:
    """What came when in a controlled run, named so that another run can find it: the nth arrival of that kind for that actor."""

    def __init__(self) -> None:
        self.seen: Counter[tuple[str, int]] = Counter()
        self.arrivals: list[list[Any]] = []
        """[kind, actor, n, seconds late, when it came, the turn]; in the end also what never came, with turn 0."""
        self.open: dict[tuple[str, int, int], Arrival] = {}
        self.clock: dict[int, float] = {}
        """The time at each turn."""
        self.decided: Counter[tuple[int, int]] = Counter()
        self.choices: list[list[int]] = []
        """What was not the default (strategies/keyed.py)."""

    def chose(self, kind: int, actors: list[int], chosen: int) -> None:
        key = kind, actors[0]
        self.decided[key] += 1
        if chosen:
            self.choices.append([*key, self.decided[key], actors[chosen]])

    def born(self, kind: str, actor: int) -> int:
        self.seen[kind, actor] += 1
        return self.seen[kind, actor]

    def waits(self, arrival: Arrival) -> None:
        self.open[arrival.kind, arrival.actor, arrival.nth] = arrival

    def came(self, arrival: Arrival, at: float, turn: int) -> None:
        self.open.pop((arrival.kind, arrival.actor, arrival.nth), None)
        self.arrivals.append([arrival.kind, arrival.actor, arrival.nth, max(0.0, at - arrival.due), at - EPOCH, turn])

    def as_json(self) -> dict[str, Any]:
        last = max(self.clock, default=0)
        clock, now = [], 0.0
        for turn in range(last + 1):
            now = self.clock.get(turn, now + EPOCH) - EPOCH
            clock.append(now)
        never = [[kind, actor, nth, LONG if a.latest == INF else a.latest - a.due, LONG, 0]
                 for (kind, actor, nth), a in self.open.items() if a.due < EPOCH + now]
        return {"arrivals": self.arrivals + never, "clock": clock, "choices": self.choices}


class StockEngine(Engine):
    """Makes late what a trace says was late; decides nothing.

    timing: `Trace.as_json` of a controlled run.  attempt: 0, the whole record; from 1 on, variations of it.
    """

    is_stock = True

    def __init__(self, timing: dict[str, Any], attempt: int, latency: float) -> None:
        super().__init__(Stock(), latency)
        self.plan = {(kind, actor, nth): (late, at, turn, place)
                     for place, (kind, actor, nth, late, at, turn) in enumerate(timing["arrivals"])}
        self.seen: Counter[tuple[str, int]] = Counter()
        self.chance = random.Random(attempt)
        self.exact = attempt == 0
        if timing.get("faults"):
            self.faults = Recorded([(turn, kind, target) for turn, kind, target in timing["faults"]])
        self.clock = timing["clock"]
        self.times = _turn_times(timing) if self.exact else []
        self.first: dict[int, int] = {}
        """The place of the first arrival of each turn."""
        self.timer: dict[int, int] = {}
        """The place of the first sleep that ended in each turn."""
        for (kind, *_), (*_, turn, place) in self.plan.items():
            self.first.setdefault(turn, place)
            if kind == "sleep":
                self.timer.setdefault(turn, place)

    # ------------------------------------------------------------ what is late
    def born(self, kind: str, actor: int) -> Planned | None:
        """The plan for the next arrival of that kind for that actor."""
        self.seen[kind, actor] += 1
        return self.plan.get((kind, actor, self.seen[kind, actor]))

    def sleeps_until(self, actor: int, due: float) -> float:
        planned = self.born("sleep", actor)
        if planned is None:
            return due
        late, at, turn, place = planned
        if not self.exact:
            return due + late * self.chance.uniform(0.9, 1.1)
        if not turn:
            return due + late
        return max(due, self.times[turn - 1] + APART / 2, self.times[turn] - self.clock[turn] + at) + min(3, place - self.first[turn]) * TICK

    def is_late_yield(self, actor: int) -> Planned | None:
        """Was this `sleep(0)` taken for input or output that came later?"""
        self.seen["yield", actor] += 1
        return self.plan.get(("sleep0", actor, self.seen["yield", actor]))

    def add_arrival(self, kind: str, actor: int, due: float, latest: float, deliver: Callable[[], None],
                    site: tuple[CodeType, int] | None, future: Any, planned: Planned | None = None) -> Arrival:
        arrival = super().add_arrival(kind, actor, due, latest, deliver, site, future)
        planned = planned or self.born(kind, actor)
        late, _, arrival.turn, arrival.place = planned or (0.0, 0.0, 0, 0)
        if arrival.turn and arrival.place > self.timer.get(arrival.turn, INF):
            arrival.turn += 1  # asyncio's own loop has what came from outside before what its timers end: it came after that turn had begun
        arrival.wait = late if self.exact else late * self.chance.uniform(0.9, 1.1)
        return arrival

    # ---------------------------------------------------------------- one turn
    def fill(self, loop: Any) -> bool:
        """Before a turn of the loop: move the clock, hand over what has come -> is there anything to run?"""
        ready, scheduled = loop._ready, loop._scheduled
        self.pending[:] = [a for a in self.pending if not gone(a)]
        if self.turns < len(self.times):
            self.now = max(self.now, self.times[self.turns])
        elif ready:
            self.now += self.chance.uniform(0.0, TURN)
        self._hand_over(lambda a: a.turn <= self.turns if self.exact and a.turn else a.due + a.wait <= self.now)
        while scheduled and scheduled[0]._cancelled:
            loop._racetrap_drop_timer()
        if not ready:
            timer = scheduled[0]._when if scheduled else INF
            first = min([timer, *(a.due + a.wait for a in self.pending)])
            if first == INF:
                return False
            self.now = max(self.now, first)
            self._hand_over(lambda a: a.due + a.wait <= self.now and (a.turn <= self.turns or timer > self.now))
        return True

    def _hand_over(self, is_due: Callable[[Arrival], bool]) -> None:
        for arrival in sorted((a for a in self.pending if a.due != INF and is_due(a)), key=self._order):
            self.pending.remove(arrival)
            arrival.deliver()

    def _order(self, arrival: Arrival) -> tuple[float, int]:
        return (arrival.place, arrival.seq) if self.exact else (arrival.due + arrival.wait, arrival.seq)


def _turn_times(timing: dict[str, Any]) -> list[float]:
    """The time of each turn, moved apart where one moment of the controlled clock had several and a sleep ended in a later one."""
    clock = timing["clock"]
    ends = {turn for kind, *_, turn in timing["arrivals"] if kind == "sleep"}
    times, apart = [], 0.0
    for turn, now in enumerate(clock):
        if turn in ends and now - clock[turn - 1] < APART:
            apart += APART
        times.append(EPOCH + now + apart)
    return times
