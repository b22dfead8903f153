"""Controlled threads: real OS threads of which exactly one runs, the one that holds the baton.

Every thread the program starts while an execution is under control waits at a gate of its own (a real lock) until it is handed
the baton.  The baton changes hands only at a switch point (a primitive of primitives.py, a line of the user's code, the start or end of a
thread), and only then does the operating system switch threads; everything else of the program runs as it is.

Time is the engine's: a sleep is an arrival, a timeout is a timer, and neither clock nor arrivals move while a thread can run.  So
a deadline strikes only because something was late, in threads as in tasks, and in programs that have both.

A loop that has nothing to do waits here like any other thread; the engine's `boundary` sees one clock and all
arrivals, for World stands for a loop: `_ready`, `_scheduled`, `_racetrap_drop_timer`.

Invariants: option 0 of a switch is the running thread (or, if it cannot go on, the one that has waited longest); a thread's number is
the order of its start; what a thread waits for is known (`waits`), so a deadlock is seen when it closes.
"""

from __future__ import annotations

import _thread
import heapq
import sys
from collections.abc import Callable
from typing import Any

from . import confirm, current, lines, outside, sites, sources, spinning, windows
from .as_a_loop import Asleep, Ready, Scheduled
from .engine import INF, Abort, Engine
from .schedule import SWITCH
from .worker import Timer, Worker, package_of, target_of

_get_ident = _thread.get_ident
PATIENCE = 2.0
"""Real seconds a thread is given to end when its execution is over."""
FAIR = 3_000
"""Lines a thread may run in a row while another could: then it gives way, as the interpreter's own switch interval makes it."""
MOST_ASKED = 200
"""How often in one execution a line of the user's code is a decision."""
MOST_ABORTS = 20


class World:
    """The threads of one execution."""

    is_free = False
    """Do its threads run as the operating system lets them?"""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.main = main = Worker(0)
        main.ident = current.thread
        self.running = main
        self.workers = [main]
        self.by_ident = {main.ident: main}
        self.ready: list[Worker] = []
        """Those that could run, but the one that does; in the order they became able to."""
        self.timers: list[Timer] = []
        self.loops: list[Worker] = []
        """Threads whose loop has nothing to do."""
        self.resting = False
        self.dying = False
        self.failed = False
        """An exception has left the main thread: what its threads wait for ever after may be a consequence."""
        self.ending = False
        """The program's own code is over; the main thread waits for the others."""
        self.asked: dict[tuple[Any, int], int] = {}
        self.progress = 0
        self.sequence = 0
        self.moves = 0
        self.alarmed = False
        """An alarm was waited for in vain."""
        self.alarm = False
        """The main thread was woken only to wait for an alarm."""
        self.spun = 0
        """Lines that ran since the clock last moved."""
        self.step = spinning.STEP
        self.lines_on = False
        self.goes_on = False
        """Something is handed over while the running thread runs on."""
        self.at_start = False
        """The running thread stands at the start of a line, not in the middle of one."""
        self.foreign: dict[int, None] = {}
        self.atoms: Any = None
        self.stops = confirm.Stops() if engine.trace is not None else None
        """In a full run: where threads stood still."""
        self._ready = Ready(self)
        self._scheduled: Any = Scheduled(self)
        self.on_block: Callable[[Worker], None] | None = None
        outside.watch()

    # ------------------------------------------------------------ switching
    def point(self) -> None:
        """The running thread could be made to stand still here."""
        if self.dying:
            if self.running is not self.main:
                self._die()
            return
        if self.engine.wire is not None:
            self._glance()
        ready = self.ready
        if not ready:
            return
        engine = self.engine
        if engine.quiet:
            return
        me = self.running
        if engine.book is not None and not self.at_start and me.begun_its_own:
            engine.book.stands("point", me, _site())
        chosen = engine.choose(SWITCH, [me.actor, *[w.actor for w in ready]])
        if chosen:
            target = ready.pop(chosen - 1)
            ready.append(me)
            if self.at_start:
                engine.assumed.append(("switch", me.site, (me.actor, target.actor)))  # type: ignore[arg-type]
            at_start = self.at_start
            self._hand_over(target)
            if self.stops is not None:
                self.stops.goes_on(self, me, at_start)

    def _glance(self) -> None:
        """What has come over a connection while the running thread runs: whoever waits for it may go on."""
        engine = self.engine
        if engine.quiet or not engine.wire.is_watching:
            return
        engine.turns += 1
        engine.wire.glance()
        if any(a.kind == "network" for a in engine.pending):
            self.goes_on = True
            try:
                engine.boundary(self)
            finally:
                self.goes_on = False

    def line(self, frame: Any, code: Any, number: int) -> None:
        """A line of the user's code is about to run."""
        if self.dying:
            return
        me = self.running
        me.lines += 1
        self.spun += 1
        if self.spun > FAIR * (1 + len(self.ready)) and self.ready:
            spinning.together(self)
        atoms = self.atoms
        if atoms is not None:
            atoms.line(me, frame, number)
        book = self.engine.book
        if book is not None:
            book.stands("line", me, (code, number))
        if self.stops is not None:
            self.stops.line(self, me.actor, code, number)
        if me.lines > FAIR:
            if self.ready:
                self.give_way()
                return
            me.lines = 0
            spinning.alone(self)
        elif self.ready or self.engine.wire is not None:
            key = code, number
            count = self.asked.get(key, 0)
            if count < MOST_ASKED:
                self.asked[key] = count + 1
                if number in windows.open_lines(code):
                    self.engine.strategy.noticed(me.actor)
                me.site = key
                self.at_start = True
                self.point()
                self.at_start = False
        if book is not None:
            book.passes(me)

    def give_way(self) -> None:
        me = self.running
        me.lines = 0
        target = self.ready.pop(0)
        self.ready.append(me)
        self._hand_over(target)

    def _hand_over(self, target: Worker) -> None:
        """Give the baton to `target` and wait until it comes back."""
        me = self.running
        atoms = self.atoms
        if atoms is not None:
            atoms.stops(me, sys._getframe(1), self.at_start)
            self.at_start = False
        if self.engine.book is not None:
            self.engine.book.stops(me)
        self.running = target
        self.progress += 1
        target.lines = 0
        target.gate.release()
        me.gate.acquire()
        self._resumed(me)

    def _resumed(self, me: Worker) -> None:
        current.thread = me.ident
        if me.abort is not None:
            self._die()
        if self.engine.book is not None:
            self.engine.book.goes_on(me)
        if self.atoms is not None:
            self.atoms.goes_on(me)

    def _die(self) -> None:
        """End this thread from inside."""
        me = self.running
        error = me.abort
        if error is None:
            error = me.abort = Abort("the run is over")
        me.aborts += 1
        if me.aborts > MOST_ABORTS and me is not self.main:
            global leftover
            leftover = True
            self._leave_for(self.main)
            me.gate.acquire()  # for good: it does not let itself be ended
            me.gate.acquire()
        raise error

    def _leave_for(self, target: Worker) -> None:
        self.running = target
        self.progress += 1
        target.gate.release()

    def steps(self) -> int:
        """How far it has come: changes while anything goes on."""
        return self.progress + self.moves + sum(w.lines for w in self.workers)

    def actor(self) -> int:
        """Of the thread that asks: its own number; 0 for one that is not controlled."""
        me = self.running
        return me.actor if me.ident == _get_ident() else 0

    def took(self, lock: Any) -> None:
        """The running thread took a lock."""
        me = self.running
        lock.owner = me
        me.held.append(lock)
        if self.engine.book is not None:
            self.engine.book.locks("lock", lock, sys._getframe(1))
        monitor = self.engine.monitor
        if monitor is not None and not self.dying:
            monitor.thread_took(me, lock)

    # -------------------------------------------------------------- waiting
    def block(self, waits: Any, timeout: float | None = None, site: Any = None) -> bool:
        """The running thread waits until it is woken -> True; or until `timeout` virtual seconds have passed -> False."""
        if self.dying:
            self._die()
        me = self.running
        if self.engine.book is not None:
            self.engine.book.waits(me, _site(), waits)
        me.waits = waits
        me.blocked = True
        me.woken = me.timed_out = False
        if timeout is not None:
            self.sequence += 1
            me.timer = Timer(self.engine.now + max(0.0, timeout), self.sequence, me, site or _site())
            if self.engine.book is not None:
                me.timer.item = self.engine.book.item("timer", me.actor, me.timer.site)
            heapq.heappush(self.timers, me.timer)
        try:
            if self.on_block is not None and timeout is None:
                self.on_block(me)
            target = self._next()
            if target is not me:
                self._hand_over(target)
                if self.stops is not None:
                    self.stops.goes_on(self, me, False)
            elif me.abort is not None:
                self._die()
            while self.alarm and me is self.main:
                self._wait_for_alarm(me)
        finally:
            me.waits = None
            me.blocked = False
            if me.timer is not None:
                me.timer._cancelled = True
                me.timer = None
        return not me.timed_out

    def _wait_for_alarm(self, me: Worker) -> None:
        """Nothing but an alarm can come.  In the main thread: its handler runs here, and may raise, or wake somebody."""
        self.alarm = False
        me.woken = False
        self.alarmed = not outside.wait_for_alarm()
        target = self._next()
        if target is not me:
            self._hand_over(target)

    def wake(self, worker: Worker) -> None:
        """It can go on."""
        if worker.blocked and not worker.woken:
            worker.woken = True
            if self.engine.book is not None:
                self.engine.book.wakes(worker)
            self.ready.append(worker)

    def strikes(self, timer: Timer) -> None:
        worker = timer.worker
        if worker.timer is timer and not worker.woken:
            worker.timed_out = True
            engine = self.engine
            engine.deadlines_struck += 1
            engine.assumed.append(("deadline", timer.site, timer._when))  # type: ignore[arg-type]
            self.wake(worker)

    def _racetrap_drop_timer(self) -> Any:
        heap = self._scheduled.heap()
        if heap is self.timers:
            return heapq.heappop(heap)
        return heap[0]._loop._racetrap_drop_timer()

    def _next(self) -> Worker:
        """Who runs now that the running thread cannot: moves the clock if it must."""
        while not self.ready:
            self.advance()
        ready = self.ready
        if len(ready) == 1 or self.engine.quiet:
            return ready.pop(0)
        return ready.pop(self.engine.choose(SWITCH, [w.actor for w in ready]))

    def advance(self) -> None:
        """Nobody can run: let something come."""
        engine = self.engine
        for worker in list(self.loops):
            if worker.loop._ready or worker.loop._stopping:
                self.poke(worker.loop)
        if self.ready:
            return
        self.moves += 1
        if self.moves > engine.most_waits and not self.dying:
            self._goes_on_and_on()
        held = engine.wire
        if held is not None:
            engine.turns += 1
            held.look(self, True)
        if engine.pending or self._scheduled:
            engine.boundary(self)
        if held is not None and not self.ready and not self.loops and held.has_outside:
            self._wait_for_real()
        for worker in list(self.loops):
            if worker.loop._ready or worker.loop._stopping:
                self.poke(worker.loop)
        if self.ready:
            return
        if self.waits_outside():
            return
        if self.loops:
            self.resting = True  # it looks outside, and judges the rest as any loop does
            self._wake_loop(self.loops[0])
            return
        self.rest()

    def _wait_for_real(self) -> None:
        """Only another process can let anybody go on: wait for it as long as the execution has patience."""
        engine, waited = self.engine, 0.0
        patience = engine.wire.patience(engine.patience, engine.patience)
        while waited < patience and not engine.pending and not self._scheduled:
            waited += 0.1
            engine.wire.wait(0.1)
        if engine.pending:
            engine.boundary(self)
        elif waited >= patience:
            engine.wire.gave_up()

    def gives_up(self, why: str) -> None:
        monitor = self.engine.monitor
        if monitor is not None:
            site = self.main.user_site()
            if site is not None:
                site = site[0], sources.start_of_loop(*site)
            monitor.hang_info = [("the main thread", site)] if site is not None else []
            monitor.threads_go_on(self)
        self.end("no-progress", why)

    def _goes_on_and_on(self) -> None:
        """Would the program still end if everything came on time from here on?"""
        engine = self.engine
        if outside.wait(self):
            self.moves = 0  # what was waited for is here: the clocks had run ahead of it
            return
        if not engine.quiet:
            engine.quiet = True
            engine.most_waits = self.moves + spinning.LONG
            return
        self.gives_up("the program goes on and on")

    def waits_outside(self) -> bool:
        """Wait in real time for what is not ours -> whether anybody can run now."""
        return outside.wait(self)

    def pass_on(self) -> None:
        """By the watchdog: the running thread keeps the baton in something that is not ours; the next one gets it."""
        if not self.ready:
            self.engine.boundary(self)
        if self.ready:
            self._leave_for(self.ready.pop(0))

    def comes_back(self, me: Worker) -> None:
        """In a thread that was outside: queue up for the baton."""
        me.outside = False
        if self.running is me:
            current.thread = me.ident
            return
        me.blocked = False
        self.ready.append(me)
        me.gate.acquire()
        self._resumed(me)

    def rest(self) -> None:
        """Nobody can run and nothing can come."""
        if self.main.blocked and not self.dying and self.engine.outcome is None and not self.alarmed and outside.alarm():
            self.alarm = True
            self.wake(self.main)
            return
        monitor = self.engine.monitor
        if self.ending and self.failed:
            self.end("failed", "the main thread failed, and others wait for ever")
        if monitor is not None and self.engine.outcome is None:
            monitor.threads_at_rest(self)
        self.end("hang", "every thread waits and nothing can come")

    def end(self, outcome: str, why: str) -> None:
        """End the execution, from whichever thread."""
        engine = self.engine
        self.dying = True
        try:
            engine.abort(outcome, why)
        except Abort as error:
            main = self.main
            main.abort = error
            if main in self.ready:
                self.ready.remove(main)
            if self.running is main:
                raise
            if self.running.done:
                self.ready[:] = [main]
                return
            me = self.running
            me.abort = Abort(why)
            self._leave_for(main)
            me.gate.acquire()
            current.thread = me.ident
            raise me.abort from None

    # ------------------------------------------------------ beginning, end
    def start(self, begin: Callable[[Callable[[], None]], Any], thread: Any, function: Callable[..., Any], args: Any, kwargs: Any,
              daemon: bool, sentinel: Any = None) -> Any:
        """Start a controlled thread.  begin: starts a real thread that runs what it is given -> whatever it returns."""
        if self.dying:
            self._die()
        worker = Worker(len(self.workers))
        worker.thread = thread
        worker.target = target_of(thread, function)
        worker.package = package_of(thread, function)
        worker.daemon = daemon
        worker.sentinel = sentinel
        worker.born_after = frozenset(w.number for w in self.workers if w.done)
        self.workers.append(worker)

        def run() -> None:
            worker.ident = ident = _get_ident()
            self.by_ident[ident] = worker
            worker.gate.acquire()
            current.thread = ident
            try:
                if self.stops is not None:
                    self.stops.goes_on(self, worker, False)
                if worker.abort is None:
                    if self.engine.book is not None:
                        self.engine.book.goes_on(worker)
                    if self.lines_on:
                        lines.begin_thread()
                    function(*args, **kwargs)
            except (SystemExit, Abort):
                pass
            except BaseException as error:  # noqa: BLE001 - as the interpreter: it is told and the thread is over
                sys.unraisablehook(_Unraisable(error, function))
            finally:
                lines.end_thread(worker)
                self.ended(worker)

        monitor = self.engine.monitor
        if monitor is not None:
            site = _site()
            if self.engine.book is not None:
                self.engine.book.begins_thread(worker.actor, worker.target)
            monitor.event("spawn", f"thread {worker.number}", site)
            if self.engine.book is not None:
                code = getattr(getattr(thread, "_target", function), "__code__", None)
                self.engine.book.stands("begin", worker, (code, code.co_firstlineno) if code is not None and sites.is_user_code(code) else site)
            monitor.thread_spawned(worker, function, args, site)
        try:
            value = begin(run)
        except BaseException:
            self.workers.pop()
            raise
        self.ready.append(worker)
        return value

    def ended(self, worker: Worker) -> None:
        """In the thread itself, as the last thing it does."""
        if worker.outside:
            self.comes_back(worker)
        worker.done = True
        worker.waits = None
        if self.engine.book is not None and not self.dying:
            self.engine.book.ends(worker)
        sentinel = worker.sentinel
        if sentinel is not None and sentinel.locked():
            sentinel.release()
        self.joined(worker)
        self.by_ident.pop(worker.ident, None)
        if self.dying:
            self._leave_for(self.main)
            return
        try:
            target = self._next()
        except Abort:
            target = self.main
        self.progress += 1
        self.running = target
        target.lines = 0
        target.gate.release()

    def joined(self, worker: Worker) -> None:
        for waiter in worker.joiners:
            self.wake(waiter)
        worker.joiners.clear()

    def join_all(self) -> None:
        """As the interpreter does at its end: wait for every thread that is no daemon."""
        at = 1
        while at < len(self.workers):
            worker = self.workers[at]
            at += 1
            while not worker.done and not worker.daemon and not self.dying:
                worker.joiners.append(self.running)
                self.block(worker)

    def close(self) -> None:
        """The execution is over, in a process that goes on: end what still runs.  Called by the main thread."""
        self.dying = True
        self.engine.quiet = True
        lines.end_thread()
        main = self.main
        current.thread = main.ident
        if self.running is not main or any(w.outside and not w.done for w in self.workers):
            global leftover
            leftover = True  # a thread is in something that is not ours
        main.abort = None
        for worker in self.workers[1:]:
            if worker.done or leftover:
                continue
            worker.abort = Abort("the run is over")
            self.running = worker
            worker.gate.release()
            if not main.gate.acquire(True, PATIENCE):
                leftover = True
        current.thread = main.ident

    # ---------------------------------------------------------------- loops
    def loop_waits(self, loop: Any) -> None:
        """The running thread's loop has nothing to do; returns when it has, or when everything rests."""
        me = self.running
        ready, loop._ready = loop._ready, Asleep(self, loop, me)
        try:
            while not loop._ready and not loop._stopping and not self.resting:
                me.loop = loop
                self.loops.append(me)
                try:
                    self.block(loop)
                finally:
                    if me in self.loops:
                        self.loops.remove(me)
                    me.loop = None
        finally:
            ready.extend(loop._ready)
            loop._ready = ready
        self.resting = False

    def poke(self, loop: Any) -> None:
        """A loop has something to do."""
        for worker in self.loops:
            if worker.loop is loop:
                self._wake_loop(worker)
                return

    def _wake_loop(self, worker: Worker) -> None:
        self.loops.remove(worker)
        self.wake(worker)

    # ---------------------------------------------------------------- sleep
    def sleep(self, seconds: float) -> None:
        """time.sleep: its end is an arrival."""
        if seconds <= 0:
            self.point()
            return
        engine = self.engine
        me = self.running
        due = engine.now + seconds
        monitor = engine.monitor
        site = _site()
        if monitor is not None:
            monitor.event("sleep", f"{seconds:g}", site)
        engine.add_arrival("sleep", me.actor, due, due + engine.latency, lambda: self.wake(me), site, None)
        self.block("sleep")

    def late_result(self) -> None:
        """What a function in an executor returns is an arrival: it may be as late as it likes."""
        engine = self.engine
        if engine.quiet or self.dying:
            return
        me = self.running
        engine.add_arrival("executor", me.actor, engine.now, INF, lambda: self.wake(me), _site(), None)
        self.block("executor")


leftover = False
"""A thread of an earlier execution is still there: this process runs no more executions."""


class _Unraisable:
    def __init__(self, error: BaseException, thing: Any) -> None:
        self.exc_type, self.exc_value, self.exc_traceback = type(error), error, error.__traceback__
        self.err_msg, self.object = "Exception ignored in thread started by", thing


def _site() -> Any:
    frame: Any = sys._getframe(2)
    while sites.is_probe_file(frame.f_code.co_filename) and frame.f_back is not None:
        frame = frame.f_back
    first = frame
    while frame is not None and not sites.is_user_code(frame.f_code):
        frame = frame.f_back
    frame = frame or first
    return frame.f_code, frame.f_lineno
