"""The controlled loop: asyncio's own classes, owned in place.

`BaseEventLoop` itself is patched, so every loop class of the interpreter, every user's subclass of one and
every way to make one (`loop_factory=`, a policy, `new_event_loop`) is ours.  With no engine in
`current` each patched function does what the stock one does.
"""

from __future__ import annotations

import asyncio
import gc
import heapq
import math
import os
import select
import stat
import sys
import threading
import types
from asyncio import base_events, events, futures, selector_events, tasks
from collections.abc import Callable
from typing import Any

from . import children, clock, current, executors, files, heap, sites, threads, wire
from .engine import INF, Engine

BaseEventLoop: Any = base_events.BaseEventLoop
_stock_run_once = BaseEventLoop._run_once
_stock_time = BaseEventLoop.time
_stock_sleep = tasks.sleep
_stock_init = BaseEventLoop.__init__
_stock_exception_handler = BaseEventLoop.call_exception_handler
_stock_threadsafe = BaseEventLoop.call_soon_threadsafe
_CTask: Any = tasks.Task
_init_task, _await, _cancel = _CTask.__init__, _CTask.__await__, _CTask.cancel
result_of = _CTask.result
"""A task's result, without its counting as looked at."""
_get_ident = threading.get_ident

before_first_loop: Callable[[], None] | None = None
"""Called once, when the first loop is about to be made: the fork point of a script."""


def owned() -> Engine | None:
    engine = current.engine
    if engine is not None and _get_ident() == current.thread:
        return engine
    return None


class Task(_CTask):  # type: ignore[misc]
    """asyncio's task with a number: the order of creation, which also is its hash.

    Sets of tasks then have an order that does not depend on addresses.
    """

    __slots__ = ("racetrap_number", "racetrap_seen")

    def __init__(self, coro: Any, *, name: str | None = None, **kw: Any) -> None:
        engine = current.engine
        self.racetrap_seen = False
        if engine is None:
            self.racetrap_number = 0
            _init_task(self, coro, name=name, **kw)
            return
        engine.tasks = number = engine.tasks + 1
        self.racetrap_number = number
        monitor = engine.monitor
        if monitor is not None:
            monitor.spawned(number, coro)
        _init_task(self, coro, name=name or f"Task-{number}", **kw)
        if monitor is not None:
            monitor.started(self)

    def __hash__(self) -> int:
        return self.racetrap_number or id(self) >> 4

    def __eq__(self, other: object) -> bool:
        return self is other

    # Who looked at the result, and which wake-up was in vain: facts for the oracles.
    def result(self) -> Any:
        self.racetrap_seen = True
        return result_of(self)

    def __await__(self) -> Any:
        self.racetrap_seen = True
        return _await(self)

    __iter__ = __await__

    def cancel(self, msg: Any = None) -> bool:
        engine = current.engine
        if engine is not None and engine.monitor is not None:
            waits_for = self._fut_waiter  # type: ignore[attr-defined]
            if self.done():
                if not self.racetrap_seen:
                    engine.monitor.cancelled_too_late(self)
                return False
            engine.cancels += 1
            if engine.spared is not None and engine.spared.spares(engine, self):
                return True
            engine.cuts[self.racetrap_number] = engine.cancels, len(engine.decisions)
            if not engine.quiet:
                engine.monitor.cancelled.on_cancel(self)
            if engine.book is not None:
                engine.book.record("cancel", None, f"task {self.racetrap_number}", sites.user_site(_getframe(1)))
            if waits_for is not None and waits_for.done() and not waits_for.cancelled():
                engine.monitor.woken_in_vain(self, waits_for)
            elif waits_for is not None and not waits_for.done() and not engine.quiet and is_of_a_timer():
                engine.monitor.wake.on_deadline(self, waits_for)
        return _cancel(self, msg)


Task.__name__ = Task.__qualname__ = "Task"
Task.__module__ = "asyncio"


def task_number() -> int:
    """Number of the running task; 0 in a callback."""
    try:
        task = tasks.current_task()
    except RuntimeError:
        world = current.world
        return 0 if world is None else world.actor()
    return getattr(task, "racetrap_number", 0)


_RUNS = events.Handle._run.__code__


def is_of_a_timer() -> bool:
    """Does a timer of the loop run what calls the caller?  Not a task, not another callback (a group that calls its tasks off), nor what comes behind the loop."""
    if events._get_running_loop() is None or tasks.current_task() is not None:
        return False
    frame: Any = _getframe(2)
    while frame is not None and frame.f_code is not _RUNS:
        frame = frame.f_back
    return frame is not None and isinstance(frame.f_locals["self"], events.TimerHandle)


def _run_once(self: Any) -> None:
    engine = current.engine
    if engine is None or _get_ident() != current.thread:
        return _stock_run_once(self)  # type: ignore[no-any-return]
    engine.turns += 1
    if engine.turns > engine.max_turns:
        engine.max_turns = engine.turns + 2_000
        engine.abort("unfinished", "the loop turned too often")
    ready = self._ready
    if engine.world is not None:
        _among_threads(engine.world, self)
    if engine.running_jobs:
        executors.wait(engine, self, not ready)
    if engine.children:
        children.settle(engine)
    if self._stopping and not ready:
        return None
    if not ready:
        engine.waits += 1
        if engine.waits > engine.most_waits:
            engine.monitor.is_anything_left(self)
    if engine.outside:
        _poll(engine, self, 0)
    if engine.wire is not None and not engine.quiet:
        engine.wire.look(self, not ready)
    if engine.faults is not None and not engine.quiet:
        engine.faults.turn(engine, self)
    if engine.is_stock and not engine.quiet:
        if engine.fill(self):  # type: ignore[attr-defined]
            return _stock_run_once(self)  # type: ignore[no-any-return]
    elif engine.yielded or engine.pending or self._scheduled:
        engine.boundary(self)
    if not ready:
        _idle(engine, self)
    debug, book, steps = self._debug, engine.book, engine.steps
    if book is not None:
        book.follow(self)
    for _ in range(len(ready)):
        handle = ready.popleft()
        if handle._cancelled:
            continue
        if debug:
            self._current_handle = handle
        if steps is not None:
            steps.step(engine, handle, book)
        elif book is None:
            handle._run()
        else:
            book.run(handle)
        if debug:
            self._current_handle = None
        if _marks:
            _place_yields(engine, ready)
    handle = None
    return None


def _among_threads(world: Any, loop: Any) -> None:
    """Other threads may run before this turn; if it has nothing to do, they do."""
    if loop._ready or loop._stopping:
        world.point()
    else:
        world.loop_waits(loop)


def _drop_timer(self: Any) -> Any:
    handle = heapq.heappop(self._scheduled)
    handle._scheduled = False
    if handle._cancelled:
        self._timer_cancelled_count -= 1
    else:
        _note_deadline(handle)
    return handle


def is_deadline(name: str) -> bool:
    """Does a callback of that name end somebody's patience?"""
    low = name.lower()
    return "timeout" in low or "deadline" in low or "_release_waiter" in low or "cancel" in low


def _note_deadline(handle: Any) -> None:
    """A timer whose callback ends somebody's patience: recognised by what it calls."""
    engine = current.engine
    callback = handle._callback
    name = getattr(callback, "__qualname__", "") or type(callback).__name__
    if engine is None or not is_deadline(name):
        return
    engine.deadlines_struck += 1
    owner = getattr(callback, "__self__", None)
    if owner is None and handle._args and isinstance(handle._args[0], futures.Future) and handle._args[0]._callbacks:
        owner = getattr(handle._args[0]._callbacks[0][0], "__self__", None)  # type: ignore[index]
    task = owner if isinstance(owner, _CTask) else next((v for v in getattr(owner, "__dict__", {}).values() if isinstance(v, _CTask)), None)
    task = task or getattr(owner, "_task", None)
    site = sites.user_site_of(task.get_coro()) if task is not None else None
    engine.assumed.append(("deadline", site, handle._when))


# ------------------------------------------------------------------ sleep
_marks: list[tuple[Any, Any]] = []
_may_stand_for_io: dict[Any, bool] = {}
_current_task = tasks.current_task
_getframe = sys._getframe


@types.coroutine
def _sleep0() -> Any:
    yield


async def sleep(delay: float, result: Any = None) -> Any:
    """asyncio.sleep: its end is an arrival."""
    engine = current.engine
    if engine is None or _get_ident() != current.thread:
        return await _stock_sleep(delay, result)
    frame = _getframe(1)
    if delay <= 0:
        code = frame.f_code
        known = _may_stand_for_io.get(code)
        if known is None:
            known = _may_stand_for_io[code] = (
                code.co_filename.startswith(_ASYNCIO_EVENTS) or sites.is_user_file(code.co_filename))
        if known and engine.is_stock:
            late = engine.is_late_yield(task_number())  # type: ignore[attr-defined]
            if late is not None:
                return await _late_yield(engine, late, result)
        elif known:
            _marks.append((_current_task(), (code, frame.f_lineno)))
        del frame
        await _sleep0()
        return result
    if math.isnan(delay):
        raise ValueError("Invalid delay: NaN (not a number)")
    loop = events.get_running_loop()
    future = loop.create_future()
    due = engine.now + delay
    site = (frame.f_code, frame.f_lineno)
    del frame
    number = task_number()
    if engine.is_stock:
        handle = loop.call_at(engine.sleeps_until(number, due), futures._set_result_unless_cancelled, future, result)  # type: ignore[attr-defined]
        try:
            return await future
        finally:
            handle.cancel()

    def deliver() -> None:
        loop._ready.append(events.Handle(futures._set_result_unless_cancelled, (future, result), loop))  # type: ignore[attr-defined]

    engine.add_arrival("sleep", number, due, due + engine.latency, deliver, site, future)
    return await future


async def _late_yield(engine: Any, planned: Any, result: Any) -> Any:
    """A `sleep(0)` that stands for input or output, on the stock runtime."""
    future = events.get_running_loop().create_future()
    engine.add_arrival("io", task_number(), engine.now, INF, lambda: futures._set_result_unless_cancelled(future, result), None, future, planned)  # type: ignore[attr-defined]
    return await future


_ASYNCIO_EVENTS = os.path.join(os.path.dirname(asyncio.__file__), "events.py")


def _place_yields(engine: Engine, ready: Any) -> None:
    """Find the handles the tasks that just yielded were given."""
    for task, site in _marks:
        handle = ready[-1]
        if getattr(handle._callback, "__self__", None) is task:
            engine.yielded.append((handle, getattr(task, "racetrap_number", 0), site))
            continue
        for at in range(len(ready) - 1, -1, -1):
            handle = ready[at]
            if getattr(handle._callback, "__self__", None) is task:
                engine.yielded.append((handle, getattr(task, "racetrap_number", 0), site))
                break
    _marks.clear()


# ------------------------------------------------- calls from other threads
def call_soon_threadsafe(self: Any, callback: Any, *args: Any, context: Any = None) -> Any:
    engine = current.engine
    if engine is not None and _get_ident() != current.thread and not self.is_closed():
        site = sites.user_site(sys._getframe(1))
        if sites.is_user_code(site[0]):
            engine.note_uncontrolled("call_soon_threadsafe from a thread", sites.text(site))
            if engine.monitor is not None and engine.monitor.recorder is not None:
                engine.monitor.recorder.threaded = True  # in every run after this one it is under control
        engine.foreign_threads = engine.outside = True
        _ensure_self_pipe(self)
    world = current.world
    if world is not None and engine is not None and _get_ident() == current.thread and events._get_running_loop() is None:
        world.late_result()  # what a thread has to say comes as late as what it returns
    handle = _stock_threadsafe(self, callback, *args, context=context)
    if engine is not None and engine.monitor is not None:
        engine.monitor.callbacks.handed_over(handle, sys._getframe(1))
    if world is not None:
        world.poke(self)
    return handle


# ---------------------------------------------- the outside: sockets, pipes
def _real_files(loop: Any) -> bool:
    selector = getattr(loop, "_selector", None)
    if selector is None:
        return False
    watched = selector.get_map()
    if not watched:
        return False
    own = loop._ssock
    return len(watched) > (0 if own is None else 1)


def _poll(engine: Engine, loop: Any, timeout: float | None) -> bool:
    found = loop._selector.select(timeout)
    loop._process_events(found)
    return bool(found)


UNASKED = 1.0
"""Real seconds another process is waited for when all it was asked is answered."""


def _idle(engine: Engine, loop: Any) -> None:
    """Nothing can run and nothing is pending inside: wait for the outside, or the run has come to rest."""
    held = engine.wire
    if held is not None and held.has_outside:
        waited = 0.0
        patience = held.patience(engine.patience, UNASKED)
        while waited < patience:
            if held.wait(0.1, 1) or loop._ready:
                return
            waited += 0.1
        held.gave_up()
    if _real_files(loop) or engine.foreign_threads:
        engine.outside = True
        _ensure_self_pipe(loop)
        waited = 0.0
        while waited < engine.patience:
            if _poll(engine, loop, 0.2) or loop._ready:
                return
            waited += 0.2
    if engine.running_jobs or (engine.children and children.wait(engine)):
        return  # waited for at the next turn
    if engine.wire is not None and not engine.swept:
        engine.swept = True  # a connection nobody holds any more is closed when it is collected, and its other end hears of it
        gc.collect()
        return
    if engine.world is not None and engine.world.waits_outside():
        return
    if engine.world is not None:
        if engine.rest is not None and not engine.world.failed:
            engine.rest(engine, loop)
        engine.world.rest()  # the loop is one of several that wait
        return
    if engine.rest is not None and engine.rest(engine, loop):
        return
    engine.abort("hang", "everything waits and nothing can come")


_SOCKET = "a socket: real time and the kernel decide when it is ready"
_PIPE = "a pipe: the other end decides when it is ready"


def _site_of_watch(frame: Any, task: Any) -> Any:
    """The user's line on whose behalf a connection is watched."""
    if frame is not None:
        return frame.f_code, frame.f_lineno
    return sites.user_site_of(task.get_coro()) if task is not None else None


def _describe_file(fd: int) -> str | None:
    try:
        mode = os.fstat(fd).st_mode
    except OSError:
        return None
    if stat.S_ISSOCK(mode):
        return _SOCKET
    if stat.S_ISFIFO(mode):
        return _PIPE
    return "a file descriptor watched by the loop"


_stock_add_reader = selector_events.BaseSelectorEventLoop._add_reader  # type: ignore[attr-defined]
_stock_add_writer = selector_events.BaseSelectorEventLoop._add_writer  # type: ignore[attr-defined]


def _watched(stock: Any, mask: int) -> Any:
    def watch(self: Any, fd: Any, callback: Any, *args: Any) -> Any:
        engine = owned()
        if engine is not None and not getattr(self, "_racetrap_own_pipe", False):
            number = fd if isinstance(fd, int) else fd.fileno()
            if engine.children and children.watch(engine, self, number, mask, callback, args):
                return None
            what = _describe_file(number)
            held = (what is _SOCKET or (what is _PIPE and wire.has_both_ends(number))) and not engine.quiet
            frame: Any = sys._getframe(1)
            while frame is not None and not sites.is_user_code(frame.f_code):
                frame = frame.f_back
            site = "?" if frame is None else f"{sites.relative(frame.f_code.co_filename)}:{frame.f_lineno}"
            task = tasks.current_task() if events._get_running_loop() is not None else None
            if frame is None and task is not None:
                site = sites.text(sites.user_site_of(task.get_coro()))
            if held:
                if engine.wire is None:
                    engine.wire = wire.Wire(engine)
                return engine.wire.watch(self, number, mask, callback, args, _site_of_watch(frame, task))
            if what and engine.outcome is None:  # what cleans up after a run that was ended is no part of it
                engine.note_uncontrolled(what, site)
            engine.outside = True
        return stock(self, fd, callback, *args)
    return watch


_stock_remove_reader = selector_events.BaseSelectorEventLoop._remove_reader  # type: ignore[attr-defined]
_stock_remove_writer = selector_events.BaseSelectorEventLoop._remove_writer  # type: ignore[attr-defined]


def _unwatched(stock: Any, mask: int) -> Any:
    def unwatch(self: Any, fd: Any) -> Any:
        engine = current.engine
        if engine is not None and engine.children and isinstance(fd, int) and children.unwatch(engine, fd, mask):
            return True
        if engine is not None and engine.wire is not None and isinstance(fd, int):
            watched = engine.wire.unwatch(fd, mask)
            if watched is not None:
                return watched
        return stock(self, fd)
    return unwatch


# A loop's self-pipe costs more than a small run; it is made when something can need it.
_stock_make_pipe = selector_events.BaseSelectorEventLoop._make_self_pipe  # type: ignore[attr-defined]
_stock_close_pipe = selector_events.BaseSelectorEventLoop._close_self_pipe  # type: ignore[attr-defined]


def _make_self_pipe(self: Any) -> None:
    if owned() is None:
        return _stock_make_pipe(self)  # type: ignore[no-any-return]
    self._ssock = self._csock = None
    return None


_making_pipe = threading.Lock()


def _ensure_self_pipe(self: Any) -> None:
    if getattr(self, "_ssock", 0) is not None or self.is_closed():
        return
    with _making_pipe:  # a thread that calls in needs it at the moment the loop itself does
        if self._ssock is None:
            self._racetrap_own_pipe = True
            try:
                _stock_make_pipe(self)
            finally:
                self._racetrap_own_pipe = False


def _close_self_pipe(self: Any) -> None:
    if self._ssock is not None:
        _stock_close_pipe(self)


def _needs_pipe(stock: Any) -> Any:
    def method(self: Any, *args: Any, **kw: Any) -> Any:
        engine = owned()
        if engine is not None:
            engine.outside = True
        _ensure_self_pipe(self)
        return stock(self, *args, **kw)
    return method


def stop_before_first_loop() -> None:
    """The fork point of a script, reached once."""
    global before_first_loop
    if before_first_loop is not None and threading.current_thread() is threading.main_thread():
        stop_here, before_first_loop = before_first_loop, None
        threads.before_first_thread = None
        files.at_fork_point()
        stop_here()
        heap.start_afresh(stop_here)  # the last thing: what the server's own frames held is free by now


def _call_exception_handler(self: Any, context: dict[str, Any]) -> None:
    engine = owned()
    if engine is not None and engine.monitor is not None and not engine.quiet:
        engine.monitor.callbacks.on_exception(self, context)
    _stock_exception_handler(self, context)


def _init(self: Any) -> None:
    if before_first_loop is not None:
        stop_before_first_loop()
    _stock_init(self)
    engine = owned()
    if engine is not None:
        self._clock_resolution = 1e-9
        if engine.book is not None:
            engine.book.follow(self)


def _time(self: Any) -> float:
    engine = current.engine
    if engine is None:
        return _stock_time(self)  # type: ignore[no-any-return]
    if _get_ident() == current.thread:
        engine.reads += 1
        if engine.reads > clock.MANY:
            engine.is_busy()
    return engine.now


def install() -> None:
    """Own asyncio: once per process, before the user's first import."""
    BaseEventLoop.__init__ = _init
    BaseEventLoop._run_once = _run_once
    BaseEventLoop._racetrap_drop_timer = _drop_timer
    BaseEventLoop.time = _time
    BaseEventLoop.call_exception_handler = _call_exception_handler
    executors.install(owned, task_number)
    BaseEventLoop.call_soon_threadsafe = call_soon_threadsafe
    selector: Any = selector_events.BaseSelectorEventLoop
    selector._make_self_pipe = _make_self_pipe
    selector._close_self_pipe = _close_self_pipe
    selector._add_reader = _watched(_stock_add_reader, select.POLLIN)
    selector._add_writer = _watched(_stock_add_writer, select.POLLOUT)
    selector._remove_reader = _unwatched(_stock_remove_reader, select.POLLIN)
    selector._remove_writer = _unwatched(_stock_remove_writer, select.POLLOUT)
    children.install(owned, task_number)
    wire.install()
    unix: Any = getattr(asyncio, "unix_events", None)
    if unix is not None:
        unix._UnixSelectorEventLoop.add_signal_handler = _needs_pipe(unix._UnixSelectorEventLoop.add_signal_handler)
    tasks.sleep = asyncio.sleep = sleep  # type: ignore[assignment]
    tasks.Task = asyncio.Task = Task  # type: ignore[misc]
    if hasattr(tasks, "create_eager_task_factory"):
        tasks.eager_task_factory = asyncio.eager_task_factory = tasks.create_eager_task_factory(Task)  # type: ignore[attr-defined]
