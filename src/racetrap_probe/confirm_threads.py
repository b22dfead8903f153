"""On real threads: one run in which the operating system decides, the oracles only watching.

A controlled run says when each thread went on after it had stood still (confirm.Stops), and what came how late (confirm.Trace).  Here the same
threads run freely, on the interpreter's own locks and clock.  Only, a thread that comes to such a line sleeps until the moment that follows from the record:
a hundredth of a second for each hand-over before it, and the time that had passed.  A sleep that was late takes that much longer.  Nothing else is decided.

Attempt 0 has the moments as they follow from the record; later ones stretch or shrink all of them, and shift each a little.
"""

from __future__ import annotations

import _thread
import random
import sys
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

from . import baton, clock, current, lines, outside
from .engine import EPOCH, Abort, Engine
from .strategies.stock import Stock
from .worker import Worker, target_of

STEP = 0.01
"""Real seconds from one hand-over to the next."""
LOOK = 0.05
STILL = 0.6
"""Real seconds in which nobody does anything, while all of them wait: a hang."""
_get_ident = _thread.get_ident


class StockThreads(Engine):
    """Makes late what a record says was late; decides nothing.  timing: of a controlled run.  attempt: 0, as recorded; from 1 on, variations of it."""

    is_stock = True

    def __init__(self, timing: dict[str, Any], attempt: int, latency: float) -> None:
        self.began = clock.real_monotonic()
        super().__init__(Stock(), latency)
        self.chance = random.Random(attempt)
        self.exact = attempt == 0
        self.late = {(actor, nth): late for kind, actor, nth, late, *_ in timing["arrivals"] if kind == "sleep"}
        step = STEP * (1.0 if self.exact else self.chance.choice((0.3, 1.0, 3.0)))
        self.moments = {(actor, file, line, nth): (hand_overs + (0.0 if self.exact else self.chance.uniform(-0.3, 0.3))) * step + seconds
                        for actor, file, line, nth, hand_overs, seconds in timing["stops"]}

    @property
    def now(self) -> float:  # type: ignore[override]
        return EPOCH + clock.real_monotonic() - self.began

    @now.setter
    def now(self, value: float) -> None:
        pass

    def left(self, actor: int, file: str, line: int, nth: int) -> float:
        """Seconds until that thread may go on there; 0 if nothing is said of it."""
        moment = self.moments.get((actor, file, line, nth))
        return 0.0 if moment is None else max(0.0, EPOCH + moment - self.now)


class FreeWorld(baton.World):
    """Threads nobody holds back: known by number, watched, and delayed at some lines."""

    is_free = True

    def __init__(self, engine: StockThreads) -> None:
        self.idents: dict[int, Worker] = {}
        outside.not_watched()
        super().__init__(engine)
        self.main.ident = _get_ident()
        self.idents[self.main.ident] = self.main
        self.by_ident.clear()
        self.stock = engine
        self.places = {(file, line) for _, file, line, _ in engine.moments}
        self.visits: Counter[tuple[int, str, int]] = Counter()
        self.slept: Counter[int] = Counter()
        self.asleep = 0

    def begin(self) -> None:
        """Let go of the calling thread: from here on nobody is under control."""
        current.thread = 0
        self.engine.world = current.world = self
        assert self.engine.monitor is not None
        self.engine.monitor.world_made(self)
        lines.begin(self)
        outside.start(self._watch)

    @property
    def running(self) -> Worker:  # type: ignore[override]
        return self.idents.get(_get_ident(), self.main)

    @running.setter
    def running(self, worker: Worker) -> None:
        pass

    def actor(self) -> int:
        return self.running.actor

    # ------------------------------------------------------------- watching
    def line(self, frame: Any, code: Any, number: int) -> None:
        me = self.running
        me.lines += 1
        if self.atoms is not None:
            self.atoms.line(me, frame, number)
        if len(self.workers) > 1 and (code.co_filename, number) in self.places:  # counted, as in the record, from the first start of a thread
            key = me.actor, code.co_filename, number
            self.visits[key] += 1
            left = self.stock.left(*key, self.visits[key])
            if left:
                if self.atoms is not None:
                    self.atoms.stops(me, frame, True)
                self._pause(left)
                if self.atoms is not None:
                    self.atoms.goes_on(me)

    def point(self) -> None: ...

    def late_result(self) -> None: ...

    def sleep(self, seconds: float) -> None:
        me = self.running
        if seconds > 0:
            self.slept[me.actor] += 1
            seconds += self.stock.late.get((me.actor, self.slept[me.actor]), 0.0)
        self._pause(seconds)

    def _pause(self, seconds: float) -> None:
        self.asleep += 1
        try:
            clock.real_sleep(seconds)
        finally:
            self.asleep -= 1

    def take(self, lock: Any, acquire: Callable[..., Any], blocking: bool, timeout: float) -> bool:
        """The interpreter's own acquire, with a note of who waits for what."""
        got = acquire(False)
        if not got and blocking and timeout != 0:
            me = self.running
            me.waits, me.blocked, me.timer = lock, timeout == -1, None
            try:
                got = acquire(True, timeout)
            finally:
                me.waits, me.blocked = None, False
        if got:
            self.progress += 1
            self.took(lock)
        return bool(got)

    # ------------------------------------------------------- beginning, end
    def start(self, begin: Callable[[Callable[[], None]], Any], thread: Any, function: Callable[..., Any], args: Any, kwargs: Any,
              daemon: bool, sentinel: Any = None) -> Any:
        worker = Worker(len(self.workers))
        worker.thread, worker.daemon, worker.target = thread, daemon, target_of(thread, function)
        self.workers.append(worker)

        def run() -> None:
            worker.ident = _get_ident()
            self.idents[worker.ident] = worker
            lines.begin_thread()
            try:
                function(*args, **kwargs)
            except SystemExit:
                pass
            finally:
                lines.end_thread()
                self.idents.pop(worker.ident, None)
                worker.done = True

        monitor = self.engine.monitor
        if monitor is not None:
            monitor.thread_spawned(worker, function, args, None)
        return begin(run)

    def join_all(self) -> None:
        while any(not w.done and not w.daemon for w in self.workers[1:]):
            clock.real_sleep(0.001)

    # ----------------------------------------------------------------- hangs
    def _watch(self) -> None:
        seen, still = -1, 0.0
        while self.engine.outcome is None:
            clock.real_sleep(LOOK)
            steps = self.steps()
            still = still + LOOK if steps == seen and not self.asleep and all(self._waits(w) for w in self.workers if not w.done) else 0.0
            seen = steps
            if still >= STILL:
                self.engine.monitor.threads_at_rest(self)
                try:
                    self.engine.abort("hang", "every thread waits")
                except Abort:
                    return

    def _waits(self, worker: Worker) -> bool:
        if worker.blocked:
            return True
        frame = sys._current_frames().get(worker.ident)
        return frame is not None and frame.f_code.co_filename == threading.__file__ and frame.f_code.co_name in ("join", "_wait_for_tstate_lock")
