"""The lowest primitives of threads, owned: locks, simple queues, sleep.  CPython's own Condition, Event, Semaphore, Barrier, Queue and
executors stay as they are and stand on these.

Each wraps the interpreter's own, which holds the state: a thread that is not controlled (one a C library started, or any thread
while nothing is under control) uses that and sees the same locks.  A controlled thread never waits in it; it tries, and when it cannot have it,
gives the baton away until somebody releases.
"""

from __future__ import annotations

import _queue
import _thread
import functools
import queue
import sys
import threading
from typing import Any

from . import current, outside, sites

stock_lock = _thread.allocate_lock
_StockRLock: Any = _thread.RLock
_StockQueue: Any = _queue.SimpleQueue
_get_ident = _thread.get_ident
_r_acquire, _r_release, _r_owned = _StockRLock.acquire, _StockRLock.release, _StockRLock._is_owned
_r_save, _r_restore = _StockRLock._release_save, _StockRLock._acquire_restore


def controlled() -> Any:
    """The world, if it controls this thread; made when a thread alone is about to wait for itself."""
    world = current.world
    if world is not None:
        if _get_ident() != current.thread:
            outside.came_back()
        if _get_ident() == current.thread:
            return world
    return None


def watched() -> Any:
    """The world that knows this thread, whether it controls it or lets it run freely."""
    world = current.world
    return world if world is not None and world.is_free else controlled()


def _world_of_one() -> Any:
    """A controlled thread must wait and there is no second one: the world is made for it, to see what follows."""
    engine = current.engine
    if engine is None or _get_ident() != current.thread:
        return None
    if current.world is None:
        from . import threads

        if threads.starting or _thread._count() > outside.watchdogs():
            return None  # a thread that is not under control runs, and may let it go on

        threads.world(engine)
    return current.world


class Lock:
    """threading.Lock."""

    __slots__ = ("__weakref__", "_real", "entered", "owner", "taken", "waiters")

    def __init__(self) -> None:
        self._real = stock_lock()
        self.entered = False
        """It was taken by a `with` statement: only its owner gives it back."""
        self.owner: Any = None
        self.taken: Any = None
        """Where its owner took it, if somebody keeps the book."""
        self.waiters: list[Any] = []

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        world = current.world
        if world is not None and _get_ident() != current.thread:
            outside.came_back()
        if world is not None and world.is_free:
            return world.take(self, self._real.acquire, blocking, timeout)
        if world is None or _get_ident() != current.thread:
            if self._real.acquire(False):
                return True
            if current.engine is None or not blocking or (world := _world_of_one()) is None:
                return self._real.acquire(blocking, timeout)
        if timeout != -1 and (timeout < 0 or not blocking):
            return self._real.acquire(blocking, timeout)  # says what is wrong
        at_point(world)
        real = self._real
        if real.acquire(False):
            world.took(self)
            return True
        if not blocking or timeout == 0:
            return False
        return wait_for(world, self, lambda: real.acquire(False), timeout)

    acquire_lock = acquire

    def __enter__(self) -> bool:
        if current.world is None:
            if self._real.acquire(False):
                return True
            return self.acquire()
        self.acquire()
        self.entered = True
        return True

    def release(self) -> None:
        self._real.release()
        if self.owner is not None or self.waiters:
            gave(self)

    release_lock = release

    def __exit__(self, *_: Any) -> None:
        self._real.release()
        if self.owner is not None or self.waiters:
            gave(self)

    def locked(self) -> bool:
        return self._real.locked()

    locked_lock = locked

    def _at_fork_reinit(self) -> None:
        self._real._at_fork_reinit()  # type: ignore[attr-defined]
        self.owner = None
        self.waiters = []

    def __repr__(self) -> str:
        return f"<{'locked' if self._real.locked() else 'unlocked'} _thread.lock object at {id(self):#x}>"


Lock.__name__ = Lock.__qualname__ = "lock"
Lock.__module__ = "_thread"


class RLock(_StockRLock):  # type: ignore[misc]
    """threading.RLock."""

    __slots__ = ("owner", "taken", "waiters")

    def __init__(self) -> None:
        self.owner: Any = None
        self.taken: Any = None
        self.waiters: list[Any] = []

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        world = current.world
        if world is not None and _get_ident() != current.thread:
            outside.came_back()
        if world is not None and world.is_free and not _r_owned(self):
            return world.take(self, lambda *how: _r_acquire(self, *how), blocking, timeout)
        if world is None or _get_ident() != current.thread or (timeout != -1 and (timeout < 0 or not blocking)):
            return _r_acquire(self, blocking, timeout)  # type: ignore[no-any-return]
        if _r_owned(self):
            return _r_acquire(self)  # type: ignore[no-any-return]
        at_point(world)
        if _r_acquire(self, False):
            world.took(self)
            return True
        if not blocking or timeout == 0:
            return False
        return wait_for(world, self, lambda: _r_acquire(self, False), timeout)

    __enter__ = acquire

    def release(self) -> None:
        _r_release(self)
        if (self.owner is not None or self.waiters) and not _r_owned(self):
            gave(self)

    def __exit__(self, *_: Any) -> None:
        _r_release(self)
        if (self.owner is not None or self.waiters) and not _r_owned(self):
            gave(self)

    def _release_save(self) -> Any:
        state = _r_save(self)
        if self.owner is not None or self.waiters:
            gave(self)
        return state

    def _acquire_restore(self, state: Any) -> None:
        world = controlled()
        if world is None:
            return _r_restore(self, state)  # type: ignore[no-any-return]
        if not _r_acquire(self, False):
            wait_for(world, self, lambda: _r_acquire(self, False), -1)
        else:
            world.took(self)
        for _ in range(state[0] - 1):
            _r_acquire(self, False)
        return None

    def _at_fork_reinit(self) -> None:
        super()._at_fork_reinit()
        self.owner = None
        self.waiters = []

    def locked(self) -> bool:
        if _r_acquire(self, False):
            _r_release(self)
            return bool(_r_owned(self))
        return True


RLock.__name__ = RLock.__qualname__ = "RLock"
RLock.__module__ = "_thread"


class SimpleQueue:
    """queue.SimpleQueue."""

    __slots__ = ("__weakref__", "_real", "waiters")

    def __init__(self) -> None:
        self._real = _StockQueue()
        self.waiters: list[Any] = []

    def __class_getitem__(cls, item: Any) -> Any:
        return cls

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        engine = current.engine
        if engine is not None and engine.monitor is not None:
            engine.monitor.queue_put(self, item)
        self._real.put(item)
        for worker in self.waiters:
            if current.world is not None:
                current.world.wake(worker)

    put_nowait = put

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        world = controlled()
        if world is None and block and timeout is None and self._real.empty():
            world = _world_of_one()
        if world is None or (timeout is not None and timeout < 0):
            value = self._real.get(block, timeout)
        else:
            at_point(world)
            box: list[Any] = []

            def attempt() -> bool:
                try:
                    box.append(self._real.get_nowait())
                except _queue.Empty:
                    return False
                return True

            if not attempt() and (not block or not wait_for(world, self, attempt, -1 if timeout is None else timeout, lock=False)):
                raise _queue.Empty
            value = box[0]
        engine = current.engine
        if engine is not None and engine.monitor is not None:
            engine.monitor.queue_take(self, value)
        return value

    def get_nowait(self) -> Any:
        return self.get(False)

    def empty(self) -> bool:
        return self._real.empty()  # type: ignore[no-any-return]

    def qsize(self) -> int:
        return self._real.qsize()  # type: ignore[no-any-return]


SimpleQueue.__module__ = "_queue"


def wait_for(world: Any, target: Any, attempt: Any, timeout: float, lock: bool = True) -> bool:
    """Wait until `attempt()` succeeds -> True; or until the timeout -> False."""
    me = world.running
    due = world.engine.now + timeout
    while True:
        target.waiters.append(me)
        try:
            in_time = world.block(target, None if timeout == -1 else due - world.engine.now)
        finally:
            if me in target.waiters:
                target.waiters.remove(me)
        if attempt():
            if lock:
                world.took(target)
            return True
        if not in_time:
            return False


def gave(lock: Any) -> None:
    """A lock was released: by its owner, or handed off by another thread."""
    owner, lock.owner = lock.owner, None
    if lock.__class__ is Lock:
        lock.entered = False
    if owner is not None and lock in owner.held:
        owner.held.remove(lock)
    world = current.world
    if world is not None:
        if owner is not None and world.engine.book is not None and not world.dying:
            world.engine.book.locks("unlock", lock, sys._getframe(1))
        for worker in lock.waiters:
            world.wake(worker)


_inner: dict[Any, bool] = {}


def at_point(world: Any) -> None:
    """A synchronisation in code whose lines are no switch points is one itself; that of the standard library's own innards is none."""
    if (not world.ready and not world.dying and world.engine.wire is None) or (world.ending and world.running is world.main):
        return
    frame: Any = sys._getframe(2)
    while frame is not None:
        code = frame.f_code
        inner = _inner.get(code)
        if inner is None:
            inner = _inner[code] = sites.is_standard(code) or sites.is_probe_file(code.co_filename) or code.co_filename.startswith("<frozen importlib")
        if not inner:
            break
        frame = frame.f_back
    if frame is None:
        me = world.running
        if not me.begun and me.thread is not None and me.thread._started.is_set():
            me.begun = True  # between its start and its first call
            world.point()
        return
    if (world.lines_on and sites.is_user_code(frame.f_code)):
        return
    world.point()


def install() -> None:
    """Once per process, before anything makes a lock."""
    module: Any = _thread
    module.allocate_lock = module.allocate = module.LockType = Lock
    if hasattr(module, "lock"):
        module.lock = Lock
    module.RLock = RLock
    _queue.SimpleQueue = SimpleQueue  # type: ignore[misc, assignment]
    queue.SimpleQueue = SimpleQueue  # type: ignore[misc, assignment]
    threads: Any = threading
    threads.Lock = threads._allocate_lock = Lock
    threads._CRLock = RLock
    functools.RLock = RLock  # type: ignore[attr-defined]
    for name in ("tempfile", "reprlib", "uuid"):
        other = sys.modules.get(name)
        if other is not None and hasattr(other, "_allocate_lock"):
            other._allocate_lock = Lock
