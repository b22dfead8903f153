"""Threads, owned from their start: those the program makes itself and those of executors, timers and pools.

Only the lowest calls are replaced (`_thread.start_new_thread`, `start_joinable_thread`, what a thread's end releases); `threading.Thread` and
everything made of it stay as they are.  The first thread started under control makes the execution's World (baton.py).

The functions the loop itself hands to an executor and that share nothing (executors.py) run in real threads without control, while the
loop stands still.  An executor whose idle threads were lost in a fork would wait for them for ever: it forgets them.
"""

from __future__ import annotations

import _thread
import itertools
import os
import subprocess
import sys
import threading
import weakref
from concurrent.futures import thread as pools
from typing import Any

from . import baton, current, lines, outside, primitives, sites
from .engine import Abort

starting = 0
"""More than 0 while the loop itself hands work to an executor that is not under control."""
before_first_thread: Any = None
"""Called when the first thread is about to be started without control: the fork point of a script."""
asking = False
"""A fork of ours is being made inside an execution."""

_pools: weakref.WeakSet[Any] = weakref.WeakSet()
_stock_start_new: Any = _thread.start_new_thread
_stock_joinable: Any = getattr(_thread, "start_joinable_thread", None)
_StockHandle: Any = getattr(_thread, "_ThreadHandle", None)
_stock_sentinel: Any = getattr(_thread, "_set_sentinel", None)
_get_ident = _thread.get_ident
FORKED = "a process forked by the program: what it does is not seen"
MONKEY = "threads were replaced by somebody else (a monkey patch): they are not controlled"


def world(engine: Any) -> Any:
    """Make the execution's world, with the calling thread in it."""
    if forked_before:
        engine.note_uncontrolled(FORKED, forked_before)
    made = engine.world = current.world = baton.World(engine)
    monitor = engine.monitor
    if monitor is not None:
        monitor.world_made(made)
    lines.begin(made)
    return made


def _controlling() -> Any:
    """The world that is to own a thread started here; None: nobody does."""
    if starting:
        return None
    engine = current.engine
    if engine is None:
        if before_first_thread is not None:
            before_first_thread()
            engine = current.engine
        if engine is None:
            return None
    if current.world is not None and current.world.is_free:
        return current.world
    if _get_ident() != current.thread:
        engine.note_uncontrolled("a thread started by a thread that is not controlled", _site())
        return None
    return current.world or world(engine)


def _site() -> str:
    frame: Any = sys._getframe(2)
    first = frame
    while frame is not None and not sites.is_user_code(frame.f_code):
        frame = frame.f_back
    frame = frame or first
    return f"{sites.relative(frame.f_code.co_filename)}:{frame.f_lineno}"


def start_new_thread(function: Any, args: Any, kwargs: Any = None) -> Any:
    """_thread.start_new_thread."""
    owner = _controlling()
    if owner is None or not callable(function) or not isinstance(args, tuple):
        return _stock_start_new(function, args) if kwargs is None else _stock_start_new(function, args, kwargs)
    thread = getattr(function, "__self__", None)
    thread = thread if isinstance(thread, threading.Thread) else None
    return owner.start(lambda run: _stock_start_new(run, ()), thread, function, args, kwargs or {}, thread is None or thread.daemon)


class ThreadHandle:
    """_thread._ThreadHandle, which a thread's join waits for (3.13 and later)."""

    def __init__(self) -> None:
        self.real = _StockHandle()
        self.worker: Any = None

    @property
    def ident(self) -> Any:
        return self.real.ident

    def is_done(self) -> bool:
        return bool(self.worker.done if self.worker is not None else self.real.is_done())

    def _set_done(self) -> None:
        if self.worker is not None or self.real.ident:  # after a fork: what has not begun is not over
            self.real._set_done()

    def join(self, timeout: float | None = -1) -> None:
        worker, owner = self.worker, primitives.controlled()
        if timeout is None:
            timeout = -1
        if worker is None or owner is None:
            return self.real.join(timeout)  # type: ignore[no-any-return]
        if worker is owner.running:
            raise RuntimeError("Cannot join current thread")
        due = owner.engine.now + timeout
        while not worker.done:
            worker.joiners.append(owner.running)
            if not owner.block(worker, None if timeout < 0 else due - owner.engine.now):
                if owner.running in worker.joiners:
                    worker.joiners.remove(owner.running)
                return None
        return None


def start_joinable_thread(function: Any, handle: Any = None, daemon: bool = True) -> Any:
    """_thread.start_joinable_thread (3.13 and later)."""
    owner = _controlling()
    if handle is None:
        handle = ThreadHandle()
    if owner is None:
        _stock_joinable(function, handle=handle.real, daemon=daemon)
        return handle
    thread = getattr(function, "__self__", None)

    handle.real = _StockHandle()  # one made before a fork is taken for over in the child

    def begin(run: Any) -> Any:
        handle.worker = owner.workers[-1]
        return _stock_joinable(run, handle=handle.real, daemon=True)  # waited for by join_all, not by the interpreter

    owner.start(begin, thread if isinstance(thread, threading.Thread) else None, function, (), {}, daemon)
    return handle


def _set_sentinel() -> Any:
    """What the end of this thread releases (before 3.13)."""
    owner = primitives.controlled()
    if owner is None or owner.running is owner.main:
        return _stock_sentinel()
    sentinel = owner.running.sentinel = primitives.Lock()
    return sentinel


_stock_shutdown: Any = threading._shutdown  # type: ignore[attr-defined]


def wait_for_all() -> None:
    """What the interpreter does at its end: the executors' threads are told to end, and all that are no daemons waited for."""
    owner = primitives.watched()
    if owner is None or owner.dying:
        return
    owner.ending = True
    for function in reversed(getattr(threading, "_threading_atexits", [])):
        function()
    owner.join_all()
    if owner.engine.monitor is not None and not owner.failed:
        owner.engine.monitor.threads_ended(owner)


def at_the_end(execution: Any) -> int:
    """What the interpreter does at its end, in a process that goes on -> 1 if the others could not be waited for."""
    engine = execution.engine
    status = 0
    if engine.outcome is None:
        engine.world.failed = execution.failure is not None
        try:
            wait_for_all()
        except Abort as abort:
            execution.failure = execution.failure or abort
            status = 1
    pools._shutdown = False  # type: ignore[attr-defined]
    threading._limbo.clear()  # type: ignore[attr-defined]
    return status


def _shutdown() -> None:
    wait_for_all()
    if current.engine is None or current.world is None or current.world.is_free:
        _stock_shutdown()


_stock_hook: Any = threading._make_invoke_excepthook  # type: ignore[attr-defined]


def _make_invoke_excepthook() -> Any:
    """An exception is about to end a thread: told to the monitor, then handled as ever."""
    stock = _stock_hook()

    def invoke(thread: Any) -> None:
        error = sys.exc_info()[1]
        if isinstance(error, Abort):
            return
        engine = current.engine
        if engine is not None and engine.monitor is not None and error is not None and not engine.quiet:
            engine.monitor.thread_died(thread, error)
        stock(thread)

    return invoke


_stock_thread_start = threading.Thread.start


def _start(self: Any) -> None:
    if before_first_thread is not None:
        before_first_thread()  # not in the middle of it, where the module counts this thread already
    _stock_thread_start(self)


_stock_pool = pools.ThreadPoolExecutor.__init__


def _pool(self: Any, *args: Any, **kw: Any) -> None:
    if before_first_thread is not None and not starting:
        before_first_thread()  # its first thread starts under locks that a fork needs
    _stock_pool(self, *args, **kw)
    _pools.add(self)


def _after_fork() -> None:
    global before_first_thread
    for pool in list(_pools):
        if pool._threads:
            pool._threads.clear()
            pool._idle_semaphore = threading.Semaphore(0)
            pool._work_queue = primitives.SimpleQueue()
            pool._shutdown_lock = threading.Lock()
    for thread in list(threading._dangling):  # type: ignore[attr-defined]
        if not thread._started.is_set() and hasattr(thread, "_is_stopped"):
            thread._is_stopped = False  # the module takes every other thread for dead: this one has not begun
    if asking or _is_other_program(sys._getframe(1)):
        return
    if current.engine is not None and current.engine.forks_are_its_own:
        current.engine = current.world = None  # the program's own child runs as it is
    elif before_first_thread is not None:
        from . import loop

        before_first_thread = loop.before_first_loop = None


def _is_other_program(frame: Any) -> bool:
    """Does a child process become another program at once?"""
    return bool(frame.f_code.co_filename == subprocess.__file__)


forked_before = ""
"""Where the program forked before it came under control."""


def _in_parent() -> None:
    global forked_before
    engine = current.engine
    if engine is not None and not asking and engine.forks_are_its_own and not (engine.world is None and _is_other_program(sys._getframe(1))):
        engine.forked = True
        engine.note_uncontrolled(FORKED, _site())
    elif engine is None and before_first_thread is not None:
        forked_before = _site()


_numbers = itertools.count(1)


def _hash(self: Any) -> int:
    """Threads are numbered as they are made: sets of them have an order that does not depend on addresses."""
    number: int | None = self.__dict__.get("_racetrap_number")
    if number is None:
        number = self.__dict__["_racetrap_number"] = next(_numbers)
    return number


def names_afresh() -> None:
    """Threads get the names and numbers they had in the first run."""
    global _numbers
    _numbers = itertools.count(1)
    module: Any = threading
    counter = itertools.count(1)
    module._counter = counter.__next__
    pools.ThreadPoolExecutor._counter = itertools.count().__next__  # type: ignore[attr-defined]


def replaced_by_others() -> bool:
    """Did a monkey patch take the start of threads from us?"""
    module: Any = threading
    mine = start_joinable_thread if _stock_joinable is not None and hasattr(module, "_start_joinable_thread") else start_new_thread
    return getattr(module, "_start_joinable_thread", getattr(module, "_start_new_thread", mine)) is not mine


def install() -> None:
    """Patch the start of threads, before the user's first import."""
    module: Any = threading
    low: Any = _thread
    low.start_new_thread = low.start_new = start_new_thread
    if hasattr(module, "_start_new_thread"):
        module._start_new_thread = start_new_thread
    if _stock_joinable is not None:
        low.start_joinable_thread = start_joinable_thread
        module._start_joinable_thread = start_joinable_thread
        module._ThreadHandle = ThreadHandle
    if _stock_sentinel is not None and hasattr(module, "_set_sentinel"):
        module._set_sentinel = _set_sentinel
    _shutdown.__doc__ = _stock_shutdown.__doc__
    module._shutdown = _shutdown
    _start.__name__, _start.__qualname__, _start.__doc__ = "start", "Thread.start", _stock_thread_start.__doc__
    module.Thread.start = _start
    known = list(module._dangling)
    module._dangling.clear()
    module.Thread.__hash__ = _hash
    module._dangling.update(known)  # found there by what they are called now
    module._make_invoke_excepthook = _make_invoke_excepthook
    _pool.__doc__ = _stock_pool.__doc__
    _pool.__wrapped__ = _stock_pool  # type: ignore[attr-defined]
    pools.ThreadPoolExecutor.__init__ = _pool  # type: ignore[method-assign]
    outside.install(_stock_start_new)
    lines.install()
    os.register_at_fork(after_in_child=_after_fork, after_in_parent=_in_parent)
