"""One execution under control: its clock, its arrivals, its decisions, its events.

The model (what can really happen)
----------------------------------
*Latencies are free, clocks are not.*  An arrival (the end of a `sleep`, an executor's
result) may be later than in the default run, never earlier; wake-ups the program makes itself
stay FIFO; timers fire in the order of their due times, never before them.  So

* between two turns of the loop, `boundary` asks which of the pending arrivals come now;
* an arrival may be chosen if it can come before the first timer and before any other
  arrival's latest moment, and the clock then moves to its due time, or, late, to just
  before the next thing on the clock (so that both fall into one burst of turns);
* the first timer may go before every arrival that can be that late.

Within a burst (the ready queue is not empty) no time passes: only what is due by now,
or imminent, can join it.  The amount of lateness follows from the place in the order; every lateness
taken is kept in `assumed`.

Invariants new code must keep: option 0 is the stock loop's choice; every source of nondeterminism is
either a decision or listed in `uncontrolled`; nothing here depends on addresses or on real time.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import CodeType
from typing import Any

from . import sites
from .schedule import ARRIVED, CANCEL, CLOCK, CONNECTION, FAULT, FAULTS, GO, HOLD, LATE, NEXT, PAUSE, Strategy

INF = float("inf")
IMMINENT = 1e-6
"""How long before the next thing on the clock a late arrival comes, in virtual seconds."""
EPOCH = 1048576.0
"""Virtual monotonic time at the start of a run, in seconds.

A power of two: sums of delays then round alike in every process."""
BUSY = 1e-5
"""Virtual seconds a look at the clock takes, for whoever waits by looking at it."""
SILENCE = 1.0
"""Virtual seconds without a word from a peer after which a program may give it up, by keepalives of its own that look like no deadline."""
MAX_TURNS = 100_000
STANDS_STILL = 50
"""Turns in which timers fire at one moment; then time passes as it does for a loop that is busy."""


class Abort(BaseException):
    """Ends an execution from inside (hang, no progress): passes through the workload's own code."""


class Arrival:
    """Something from outside that a task waits for."""

    __slots__ = ("actor", "began", "deliver", "due", "future", "held", "item", "kind", "latest", "nth", "place", "seq", "site", "stamp", "turn", "wait")

    def __init__(self, seq: int, kind: str, actor: int, due: float, latest: float, deliver: Callable[[], None],
                 site: tuple[CodeType, int] | None, future: Any, stamp: int) -> None:
        self.seq = seq
        self.kind = kind
        self.actor = actor
        self.began = 0.0
        """The virtual moment from which on it was waited for."""
        self.due = due
        self.latest = latest
        self.deliver = deliver
        self.site = site
        self.future = future
        self.held = False
        self.stamp = stamp
        self.nth = 0
        """It is the nth of its kind for its actor; counted where the run is traced."""
        self.item: Any = None
        """What a book knows it by."""


class Engine:
    """State of one execution; made anew for each.

    strategy: who decides.  latency: how late a sleep may be, virtual seconds.
    keep_sleep0: every `sleep(0)` keeps its FIFO place, whatever the strategy says; that is recorded, so that the run replays without this.
    """

    is_stock = False
    """Does asyncio's own code run the turns of the loop?"""

    def __init__(self, strategy: Strategy, latency: float = 1.0, keep_sleep0: bool = False) -> None:
        self.strategy = strategy
        self.latency = latency
        self.keep_sleep0 = keep_sleep0
        self.now = EPOCH
        self.turns = 0
        self.tasks = 0
        self.sequence = 0
        self.decisions: list[tuple[int, int, int, int]] = []
        """The fields of a Decision each; plain tuples, for they are made by the million."""
        self.assumed: list[tuple[str, Any, str]] = []
        self.pending: list[Arrival] = []
        self.yielded: list[tuple[Any, int, Any]] = []
        self.uncontrolled: dict[tuple[str, str], None] = {}
        self.choice_seen = False
        self.deadlines_struck = 0
        self.overtook: tuple[Any, float] | None = None
        """The last thing that came was a sleep (or a timer of the program's own) that was over in time, while something shorter was still late: (site, when)."""
        self.fired = -INF, 0
        """When timers fired last, and in how many turns of the loop at that moment."""
        self.late_one = -INF, 0.0
        """The last arrival that was late: when it came, and how long it takes by itself."""
        self.own: dict[int, float] = {}
        """By actor: when its own last arrival came."""
        self.patient: dict[int, tuple[Any, float]] = {}
        """The same by actor: of those whose own last arrival was such a sleep."""
        self.at_main_end: tuple[Any, float] | None = None
        """The deadline that passed right before the main task ended, well or not."""
        self.at_failure: tuple[list[tuple[str, Any, float]], tuple[Any, float] | None] | None = None
        """What was late when the main task failed, and the deadline that passed right before."""
        self.gave_up = False
        """A thread waited for a connection until its patience was over: what the program does then is its answer to that."""
        self.longest = 0.0
        """By how much a network arrival was late, or how long a real peer said nothing while timers ran, at most, in virtual seconds."""
        self.network = INF
        """By how much what comes over a network may be late in this run, in virtual seconds, where the strategy decides: a peer that is silent for long is rare, and
        everybody's deadlines strike for it."""
        self.held_sleep0 = False
        self.monitor: Any = None
        self.rest: Callable[[Engine, Any], bool] | None = None
        self.patience = 5.0
        self.digest_at_abort = ""
        self.on_abort: Callable[[Abort], None] | None = None
        self.max_turns = MAX_TURNS
        self.outcome: str | None = None
        self.cancels = 0
        """How often a task was cancelled."""
        self.cuts: dict[int, tuple[int, int]] = {}
        """By task: which of them was its last one, and how many decisions had been taken by then."""
        self.spared: Any = None
        """Which of them are ignored (spared.Spared), where that is asked."""
        self.waits = 0
        """How often the clock had to move for anything to go on."""
        self.most_waits = 1 << 60
        self.main: Any = None
        """The future the outermost run_until_complete waits for."""
        self.running_jobs: dict[Any, Any] = {}
        self.children: list[Any] = []
        self.warned_at: int | None = None
        self.blocked = False
        """A turn of the loop did not end in the real time a run may take."""
        self.record: Callable[[tuple[int, int, int, int]], None] | None = None
        self.quiet = False
        self.foreign_threads = False
        self.reads = 0
        """How often the clock was read."""
        self.busy_at: Any = None
        self.forks_are_its_own = True
        """What forks while it is in force is the program."""
        self.spent_asking = 0.0
        """Seconds of a processor that questions in forks have used in this execution."""
        self.forked = False
        """The program forked: another process has the other end of whatever was open then."""
        self.outside = False
        """Something real can become ready: a watched file descriptor, a thread that calls in."""
        self.world: Any = None
        """The threads of the execution (baton.World), once there is more than one."""
        self.steps: Any = None
        """Runs the steps of tasks, where looks that become stale are watched (atoms.Steps)."""
        self.wire: Any = None
        """The real connections, from the first one on."""
        self.faults: Any = None
        """What strikes before which turn (faults.Faults), where that was asked for."""
        self.injected: list[tuple[int, int, int]] = []
        """What struck: (turn, kind, target)."""
        self.trace: Any = None
        """Where a full run notes what came when (confirm.Trace)."""
        self.swept = False
        """Garbage was collected when everything had come to rest."""
        self.book: Any = None
        """Where a recorded run keeps its events (book.Book)."""
        self.offered: tuple[list[Arrival | None], Any] = [], None
        """In a recorded run: what there is to choose from, and the first timer."""
        self.asked: Any = None
        """In a recorded run: the `sleep(0)` that is decided on."""
        self.heard = False
        """Another process said something."""
        self.unheard: dict[str, None] = {}
        """Real servers that were asked something, or refused a connection, before anything was heard from any."""
        self.resized = 0
        """Answers of a replay that were longer or shorter than the recorded ones."""

    # ----------------------------------------------------------- decisions
    def choose(self, kind: int, actors: list[int]) -> int:
        return self._chose(kind, actors, self.strategy.pick(kind, actors))

    def _chose(self, kind: int, actors: list[int], chosen: int) -> int:
        """That is what was decided, by the strategy or in its stead."""
        decision = (len(actors), chosen, kind, actors[chosen])
        self.decisions.append(decision)
        if self.record is not None:
            self.record(decision)
        if self.trace is not None:
            self.trace.chose(kind, actors, chosen)
        return chosen

    def arrived(self, actor: int, size: int, turn: int) -> None:
        """So many bytes are there on a connection when decisions are taken at that turn: a fact of the schedule."""
        fact = turn, size, ARRIVED, actor
        self.decisions.append(fact)
        if self.record is not None:
            self.record((min(turn, 32767), min(size, 32767), ARRIVED, actor))

    def paused(self, steps: int, turn: int) -> None:
        """What came at that turn had taken so many steps of time: a fact of the schedule."""
        self.decisions.append((turn, steps, PAUSE, CLOCK))
        if self.record is not None:
            self.record((min(turn, 32767), steps, PAUSE, CLOCK))

    def struck(self, kind: int, target: int, site: Any, what: str) -> None:
        """A fault struck that nobody in the program made: a fact of the schedule."""
        self.injected.append((self.turns, kind, target))
        fact = self.turns, target, FAULT, kind
        self.decisions.append(fact)
        if self.record is not None:
            self.record((min(self.turns, 32767), min(target, 32767), FAULT, kind))
        self.assumed.append(("fault", site, what))
        if self.book is not None:
            self.book.record("fault", target if kind == CANCEL else CONNECTION - 2 * target, what, site, detail=FAULTS[kind].split()[0])

    def adopt(self, earlier: Engine) -> None:
        """Go on from where another execution stood: its time, its tasks, its pending arrivals, its connections."""
        self.wire = earlier.wire
        if self.wire is not None:
            self.wire.engine = self
        self.now, self.tasks = earlier.now, earlier.tasks
        self.pending[:] = earlier.pending

    def abort(self, outcome: str, why: str) -> None:
        """End the execution from inside: in a fork at once, in process by an exception."""
        if self.outcome is None and self.monitor is not None:
            self.digest_at_abort = self.monitor.digest(outcome)  # what cleans up after it is no part of the run
        self.outcome = self.outcome or outcome
        self.quiet = True
        error = Abort(why)
        if self.on_abort is not None:
            self.on_abort(error)
        raise error

    def is_busy(self) -> None:
        """The clock was read again and again: if nothing else went on meanwhile, somebody waits for it by looking at it, and it moves on."""
        self.reads = 0
        at = self.turns, self.sequence, len(self.decisions), self.world.progress if self.world is not None else 0
        if at == self.busy_at:
            self.now += BUSY
            self.reads = 1 << 30  # and at each look from here on
        else:
            self.busy_at = at

    def note_uncontrolled(self, what: str, site: str) -> None:
        self.uncontrolled[(what, site)] = None

    @property
    def is_slow_world(self) -> bool:
        """Did a deadline pass, a fault strike, or was the network silent for so long, or so late, that somebody may have taken the peer for dead?"""
        return self.deadlines_struck > 0 or bool(self.injected) or self.longest >= SILENCE

    def main_failed(self, raised_by: int) -> None:
        """The main task has ended with an error, which was raised in the task of that number."""
        self.at_failure = self.late_now(), self._patience_of(raised_by)
        self.at_main_end = None

    def main_ended(self, number: int) -> None:
        """The main task, of that number, has ended."""
        self.at_main_end = self._patience_of(number) if self.at_failure is None else None

    def _patience_of(self, actor: int) -> tuple[Any, float] | None:
        """What passed before that actor went on: by its own sleep, or, where it waits for others, by whatever came last."""
        last = self.patient.get(actor, self.overtook)
        if last is None or (actor not in self.patient and self.own.get(actor, -INF) >= last[1] - 2 * IMMINENT):
            return None  # it went on because something of its own came
        return last

    @property
    def deadline_of_its_own(self) -> tuple[Any, float] | None:
        """A sleep or timer that the main task or thread may have used as a deadline, and that passed because something was late: (site, when)."""
        if self.at_failure is not None:
            return self.at_failure[1]
        return self.at_main_end or (self.patient.get(0) if self.world is not None else None)

    # ------------------------------------------------------------ arrivals
    def add_arrival(self, kind: str, actor: int, due: float, latest: float, deliver: Callable[[], None],
                    site: tuple[CodeType, int] | None, future: Any) -> Arrival:
        self.sequence += 1
        arrival = Arrival(self.sequence, kind, actor, due, latest, deliver, site, future, self.turns)
        arrival.began = self.now
        if self.trace is not None and kind != "sleep0":
            arrival.nth = self.trace.born(kind, actor)
            self.trace.waits(arrival)
        if self.book is not None and kind != "sleep0":
            arrival.item = self.book.item(kind, actor, site)
        self.pending.append(arrival)
        return arrival

    def _take_yields(self, loop: Any) -> None:
        """Decide for each `sleep(0)` that was queued since the last boundary whether it keeps its place."""
        ready = loop._ready
        fresh, self.yielded = self.yielded, []
        if self.trace is not None:
            nth = [self.trace.born("sleep0", actor) for _, actor, _ in fresh]
        if self.book is not None:
            items = [self.book.item("sleep0", actor, site) for _, actor, site in fresh]
        if self.quiet:
            return
        if len(ready) == 1 and not self.pending and not loop._scheduled:
            return  # nothing could come before it
        pick, decisions, record = self.strategy.pick, self.decisions, self.record
        for place, (handle, actor, site) in enumerate(fresh):
            if self.book is not None:
                self.asked = items[place]
            chosen = pick(HOLD, [actor, GO])
            if self.keep_sleep0:
                chosen = 0
            decisions.append((2, chosen, HOLD, GO if chosen else actor))
            if record is not None:
                record(decisions[-1])
            if not chosen:
                if self.book is not None:
                    self.book.stays(items[place])
                continue
            for at, queued in enumerate(ready):
                if queued is handle:
                    del ready[at]
                    break
            else:
                continue  # moved on by a cancellation
            self.held_sleep0 = True
            arrival = self.add_arrival(
                "sleep0", actor, self.now, self.now + self.latency, lambda h=handle: ready.append(h), site, handle
            )
            arrival.held = True
            if self.trace is not None:
                arrival.nth = nth[place]
                self.trace.waits(arrival)
            if self.book is not None:
                arrival.item = items[place]

    def boundary(self, loop: Any) -> None:
        """Fill the ready queue of the loop's next turn."""
        if self.yielded:
            self._take_yields(loop)
        if self.quiet:
            self._boundary_quiet(loop)
            return
        ready, scheduled, pending = loop._ready, loop._scheduled, self.pending
        for arrival in pending:
            if gone(arrival):
                if self.book is not None:
                    for other in pending:
                        if gone(other) and other.item is not None:
                            self.book.leaves(other)
                pending[:] = [a for a in pending if not gone(a)]
                break
        while scheduled and scheduled[0]._cancelled:
            loop._racetrap_drop_timer()
        while pending or scheduled:
            timer = scheduled[0]._when if scheduled else INF
            if ready or timer <= self.now:
                options, actors = self._options_in_burst(timer)
            else:
                options, actors = self._options_at_rest(timer)
            if not options:
                break  # nothing may join this turn; or what is pending has not completed, and the loop waits for it
            if self.book is not None:
                self.offered = options, scheduled[0] if scheduled else None
            at = self._next(options, actors, timer) if len(actors) > 1 else 0
            chosen = options[at]
            if chosen is not None:
                self._deliver(loop, chosen, timer)
            elif actors[at] == GO:
                break
            else:
                if not pending:
                    self._peer_was_silent(timer)
                self.now = max(self.now, timer)
                self._mark_held()
        if self.trace is not None:
            self.trace.clock[self.turns] = self.now
        if scheduled:
            self._fire_timers(loop)

    def _options_in_burst(self, timer: float) -> tuple[list[Arrival | None], list[int]]:
        """What may join a turn that will happen anyway: no time passes.  Option 0 is the stock loop's choice."""
        now = self.now
        limit = now + IMMINENT
        on_time: list[Arrival | None] = []
        held: list[Arrival | None] = []
        for arrival in self.pending:
            if arrival.due <= limit:
                (held if arrival.held else on_time).append(arrival)
        imminent = now < timer <= now + 2 * IMMINENT and all(a.latest >= timer for a in self.pending)
        if not (held or on_time or imminent):
            return [], []
        if len(on_time) > 1:
            on_time.sort(key=_order)
        options = [*on_time, None, *held] if on_time else [None, *held]
        actors = [GO if a is None else a.actor for a in options]
        if imminent:
            options.append(None)
            actors.append(CLOCK)
        return options, actors

    def _options_at_rest(self, timer: float) -> tuple[list[Arrival | None], list[int]]:
        """What may happen first when nothing is ready.  Nothing may come after another arrival's latest moment."""
        pending = self.pending
        latest = min([a.latest for a in pending]) if pending else INF
        now = self.now
        horizon = max(now, min(timer, latest))
        options: list[Arrival | None] = [a for a in pending if a.due <= horizon and a.due != INF]
        if len(options) > 1:
            options.sort(key=_order)
        actors = [a.actor for a in options if a is not None]
        if timer <= latest and timer != INF:
            first = options[0].due > timer if options and options[0] is not None else True
            options.insert(0 if first else len(options), None)
            actors.insert(0 if first else len(actors), CLOCK)
        return options, actors

    def _next(self, options: list[Arrival | None], actors: list[int], timer: float) -> int:
        """What comes next; in most runs the clock does not run far past what a peer has said."""
        at = self.strategy.pick(NEXT, actors)
        if self.network != INF and actors[at] != GO:
            chosen = options[at]
            moment = (timer if chosen is None else chosen.due) - self.network
            at = min(((a.due, n) for n, a in enumerate(options) if a is not None and a.kind == "network" and a.due < moment), default=(0.0, at))[1]
        return self._chose(NEXT, actors, at)

    def _is_late(self, arrival: Arrival, upcoming: float) -> int:
        """Does it come as late as it can before what follows, or as soon as it can?"""
        actors = [arrival.actor, CLOCK]
        late = self.strategy.pick(LATE, actors)
        return self._chose(LATE, actors, 0 if arrival.kind == "network" and upcoming - arrival.due > self.network else late)

    def _mark_held(self) -> None:
        now = self.now
        for arrival in self.pending:
            if arrival.due < now:
                arrival.held = True
                if now - arrival.due > self.longest and arrival.kind == "network":
                    self.longest = now - arrival.due

    def _peer_was_silent(self, until: float) -> None:
        """Nothing goes on inside but timers: if there is a real peer, it says nothing until then."""
        if self.wire is not None and until - self.now > self.longest and self.wire.has_outside:
            self.longest = until - self.now

    def _deliver(self, loop: Any, arrival: Arrival, timer: float) -> None:
        pending = self.pending
        pending.remove(arrival)
        now = self.now
        at = arrival.due if arrival.due > now else now
        before = INF
        if not loop._ready:
            upcoming = timer
            latest = arrival.latest
            for other in pending:
                if at + IMMINENT < other.due < upcoming:
                    upcoming = other.due
                if other.latest < latest:
                    latest = other.latest
            room = at + 2 * IMMINENT < upcoming <= latest and upcoming != INF
            if room and self._is_late(arrival, upcoming):
                at = upcoming - IMMINENT
                before = upcoming
        if at > now:
            if not pending and arrival.kind == "sleep" and arrival.site is not None and not sites.is_user_code(arrival.site[0]):
                self._peer_was_silent(at)  # a library's keepalive
            self.now = at
            self._mark_held()
        late = at - arrival.due
        if late > self.longest and arrival.kind == "network":
            self.longest = late
        if arrival.held or late > IMMINENT:
            self.assumed.append((arrival.kind, arrival.site, late if late > 0 else 0.0))  # type: ignore[arg-type]
        in_time = arrival.kind == "sleep" and late <= max(IMMINENT, (arrival.due - arrival.began) / 2)
        overtook = self._overtaken(arrival.site, arrival.due - arrival.began, at) if in_time else None
        if late > IMMINENT:
            self.late_one = at, arrival.due - arrival.began
        self.own[arrival.actor] = at
        if overtook is not None or at > now + 2 * IMMINENT or (arrival.kind != "sleep" and late <= IMMINENT):
            self.overtook = overtook  # what else was late and comes in the same moment changes nothing about it
        if overtook is not None:
            self.patient[arrival.actor] = overtook
        else:
            self.patient.pop(arrival.actor, None)
        self.sequence += 1
        if self.trace is not None:
            self.trace.came(arrival, at, self.turns)
        if self.book is None:
            arrival.deliver()
            return
        next_there = next((a for a in pending if a.due == before), loop._scheduled[0] if before == timer != INF or timer <= self.now else None)
        self.book.comes(arrival, late, next_there)
        there = len(loop._ready)
        arrival.deliver()
        self.book.made_ready(list(loop._ready)[there:])

    def _overtaken(self, site: Any, patience: float, at: float) -> tuple[Any, float] | None:
        """Something that takes `patience` is over in time: is anything late that is shorter?  Then the program may use it as a deadline."""
        if self.late_one[0] >= at - patience and self.late_one[1] < patience - IMMINENT:
            return site, at  # it has come meanwhile, and what it is part of may be late for that
        for other in self.pending:
            if other.due < at - IMMINENT and other.due - other.began < patience - IMMINENT and not gone(other):
                return site, at
        return None

    def late_now(self) -> list[tuple[str, Any, float]]:
        """What is late and has not come yet, as in `assumed`."""
        return [(a.kind, a.site, self.now - a.due) for a in self.pending
                if a.kind in ("sleep", "sleep0", "network", "executor") and a.due < self.now - IMMINENT and not gone(a)]

    def _fire_timers(self, loop: Any) -> None:
        scheduled = loop._scheduled
        now = self.now
        if scheduled and scheduled[0]._when <= now:
            if self.fired[0] != now:
                self.fired = now, 0
            self.fired = now, self.fired[1] + 1
            if self.fired[1] > STANDS_STILL:
                self.now = now = now + IMMINENT  # a timer that is set again and again for this moment, or one that has passed, waits for the clock to move
        while scheduled and scheduled[0]._when <= now:
            handle = loop._racetrap_drop_timer()
            if not handle._cancelled:
                code = getattr(getattr(handle, "_callback", None), "__code__", None)
                if code is not None and sites.is_user_code(code):
                    self.overtook = self._overtaken((code, code.co_firstlineno), INF, now)
                if self.book is not None:
                    self.book.fires(handle)
                loop._ready.append(handle)

    def _boundary_quiet(self, loop: Any) -> None:
        """Stock order without decisions: wider fixtures, and clean-up after an abort."""
        pending, ready, scheduled = self.pending, loop._ready, loop._scheduled
        pending[:] = [a for a in pending if not gone(a)]
        while scheduled and scheduled[0]._cancelled:
            loop._racetrap_drop_timer()
        if not ready:
            timer = scheduled[0]._when if scheduled else INF
            first = min(timer, min((a.due for a in pending), default=INF))
            if first != INF and first > self.now:
                self.now = first
        for arrival in sorted(pending, key=lambda a: (a.due, a.seq)):
            if arrival.due <= self.now:
                pending.remove(arrival)
                arrival.deliver()
        self._fire_timers(loop)


def _order(arrival: Arrival | None) -> tuple[float, int]:
    assert arrival is not None
    return arrival.due, arrival.seq


def gone(arrival: Arrival) -> bool:
    """Has whoever waited for it left?"""
    future = arrival.future
    return bool(future._cancelled) if arrival.kind == "sleep0" else future is not None and future.done()


def caller_site(depth: int) -> tuple[CodeType, int]:
    frame = sys._getframe(depth + 1)
    return frame.f_code, frame.f_lineno
