"""Threads the program starts itself: not controlled yet, so they are listed with the line that starts them.

The loop's own helpers (`run_in_executor`, `to_thread`, `getaddrinfo`) are not meant: what they return is an arrival.
An executor whose idle threads were lost in a fork would wait for them for ever: it forgets them.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
import weakref
from concurrent.futures import thread as pools
from typing import Any

from . import current, sites

starting = 0
"""More than 0 while the loop itself hands work to an executor."""

_own: weakref.WeakSet[threading.Thread] = weakref.WeakSet()
_pools: weakref.WeakSet[Any] = weakref.WeakSet()
WHAT = "a thread the program starts itself"


def alive() -> bool:
    """Does a thread run that the program started itself?"""
    main = threading.main_thread()
    return any(t is not main and t not in _own and not isinstance(t, threading._DummyThread) for t in threading.enumerate())


def _start(self: Any) -> None:
    engine = current.engine
    if engine is None:
        return _stock_start(self)
    if starting:
        _own.add(self)
        return _stock_start(self)
    frame: Any = sys._getframe(1)
    if frame.f_code.co_name == "shutdown_default_executor":
        _own.add(self)  # asyncio's own, only to wait
        return _stock_start(self)
    own = frame
    while frame is not None and not sites.is_user_code(frame.f_code):
        frame = frame.f_back
    frame = frame or own
    engine.note_uncontrolled(WHAT, f"{sites.relative(frame.f_code.co_filename)}:{frame.f_lineno}")
    engine.foreign_threads = engine.outside = True
    return _stock_start(self)


_stock_start = threading.Thread.start
_stock_pool = pools.ThreadPoolExecutor.__init__


def _pool(self: Any, *args: Any, **kw: Any) -> None:
    _stock_pool(self, *args, **kw)
    _pools.add(self)


def _after_fork() -> None:
    for pool in list(_pools):
        if pool._threads:
            pool._threads.clear()
            pool._idle_semaphore = threading.Semaphore(0)
            pool._work_queue = queue.SimpleQueue()
            pool._shutdown_lock = threading.Lock()


def install() -> None:
    """Patch the start of threads, before the user's first import."""
    _start.__name__, _start.__qualname__, _start.__doc__ = "start", "Thread.start", _stock_start.__doc__
    _pool.__doc__ = _stock_pool.__doc__
    _pool.__wrapped__ = _stock_pool  # type: ignore[attr-defined]
    threading.Thread.start = _start  # type: ignore[method-assign]
    pools.ThreadPoolExecutor.__init__ = _pool  # type: ignore[method-assign]
    os.register_at_fork(after_in_child=_after_fork)
