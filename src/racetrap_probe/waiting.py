"""What a controlled thread waits for, in the words of the threading module: read from its stack."""

from __future__ import annotations

import queue
import sys
import threading
import types
from collections.abc import Iterator
from concurrent import futures
from typing import Any

from . import lines, primitives, sites

_KINDS: tuple[tuple[Any, str], ...] = (
    (threading.Thread, "the end of a thread"), (threading.Barrier, "a Barrier"), (threading.Event, "an Event"),
    (threading.Semaphore, "a Semaphore"), (queue.Queue, "a Queue"), (futures.Future, "the result of a Future"),
    (threading.Condition, "a Condition"))


def waited_for(worker: Any) -> tuple[str, Any]:
    """-> (what it is, the outermost object of the standard library it waits at)."""
    frame = worker.frame()
    best: Any = worker.waits
    kind = ""
    while frame is not None and not sites.is_user_code(frame.f_code):
        owner = frame.f_locals.get("self") if sites.is_standard(frame.f_code) else None
        for cls, name in _KINDS:
            if isinstance(owner, cls):
                best, kind = owner, name
                break
        frame = frame.f_back
    if not kind:
        kind = ("a lock" if isinstance(best, (primitives.Lock, primitives.RLock)) else "a SimpleQueue" if isinstance(best, primitives.SimpleQueue)
                else "the end of a thread" if hasattr(best, "joiners") else "an event loop" if hasattr(best, "_run_once") else str(best))
    return kind, best


_THROUGH, _INNERMOST, _OTHER = range(3)
_takers: dict[Any, int] = {
    threading.Condition.wait.__code__: _INNERMOST, threading.Condition.__enter__.__code__: _THROUGH,
    **{f.__code__: _INNERMOST for cls in (threading.Event, threading.Semaphore, threading.Thread)
       for name, f in vars(cls).items() if hasattr(f, "__code__") and name != "run"}}


def is_innermost(frame: Any) -> bool:
    """Is a lock taken at `frame` (or above it, at what calls the probe) one of threading's own, under which nothing of anybody else's runs?"""
    while frame is not None:
        code = frame.f_code
        kind = _takers.get(code)
        if kind is None:
            kind = _takers[code] = _THROUGH if sites.is_probe_file(code.co_filename) else _OTHER
        if kind != _THROUGH:
            return kind == _INNERMOST
        frame = frame.f_back
    return False  # whoever traces this thread, before it has begun or after its end


def site_of_caller(worker: Any) -> Any:
    """The line of the user's code that called the primitive; None if the program's own code had no part in it."""
    frame: Any = sys._getframe(4)
    users = lines.users
    while frame is not None:
        code = frame.f_code
        known = users.get(code)
        if known is None:
            known = lines.is_user(code)
        if known:
            return code, frame.f_lineno
        frame = frame.f_back
    return None


def site_in_package(worker: Any) -> Any:
    """The line of an installed package at which a thread waits; None if it waits in the user's own code or the standard library's alone."""
    frame = worker.frame()
    while frame is not None and (sites.is_standard(frame.f_code) or sites.is_probe_file(frame.f_code.co_filename)):
        frame = frame.f_back
    return None if frame is None or lines.is_user(frame.f_code) else (frame.f_code, frame.f_lineno)


def frames(worker: Any) -> Iterator[types.FrameType]:
    """The frames of a thread, innermost first."""
    frame = worker.frame()
    while frame is not None:
        yield frame
        frame = frame.f_back


def user_site(frame: Any) -> Any:
    """The innermost line of the user's own code at or above `frame`; None if there is none."""
    while frame is not None and not lines.is_user(frame.f_code):
        frame = frame.f_back
    return None if frame is None else (frame.f_code, frame.f_lineno)


def is_signal(worker: Any) -> bool:
    """Does it wait at a lock that the waiter itself took, to be released by whoever wakes it (as Condition.wait does)?"""
    waits = worker.waits
    return getattr(waits, "owner", None) is worker and not isinstance(waits, primitives.RLock) and \
        not isinstance(waited_for(worker)[1], primitives.Lock)

