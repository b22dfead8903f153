"""In a forked child that lets the program go on: is it back where it was?

Keepalives, pollers and tickers never come to rest; what they do is over and over the same.  When all that decides what comes next is as it was some turns
of the loop before, everything in between will come again and again, and nothing else.  That is asked of the places where tasks stand, of every plain value
that they, timers, callbacks and the user's modules reach, of the time left until each timer, and of `random`; and nobody may have looked at a clock in between.
`ENOUGH` turns must lie in between, for some state cannot be seen from here (files, extension modules, a library's globals).
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import os
import random
import sys
import types
from asyncio import events, futures, mixins, tasks
from collections import deque
from collections.abc import Container, Iterator
from typing import Any

from . import sites

FIRST = 50
ENOUGH = 150
"""Turns until the first look, and between two at least: each costs as much as many turns, so the next one is twice as far away."""
MOST_VALUES = 50_000
"""More than these are not looked at; then the child goes on for as many turns as it may."""

_PLAIN = (int, float, str, bytes, bool, complex, type(None))
_SIZED = (list, tuple, set, frozenset, dict, deque)
_CHANGES = (types.CoroutineType, types.GeneratorType, types.AsyncGeneratorType)
_OPAQUE = (BaseException, events.AbstractEventLoop, events.Handle, types.BuiltinFunctionType, types.CodeType, types.FrameType, types.ModuleType)
_ITERATORS = ("builtins", "collections", "itertools")
_ASYNCIO = os.path.dirname(asyncio.__file__) + os.sep
_run = events.Handle._run


class Standstill:
    """Takes the place of engine.steps in the child, and of the loop's clock.

    Args:
        engine, loop: of the program.
    """

    def __init__(self, engine: Any, loop: Any) -> None:
        self._engine = engine
        self._loop = loop
        self._stands: dict[int, int] = {}
        """By task: where it was left."""
        self._found: tuple[int, int] | None = None
        """Where all tasks stood when it was looked, and what was found."""
        self._look_at = engine.turns + FIRST
        self._apart = ENOUGH
        self._too_much = False
        if not hasattr(loop.time, "racetrap_counts"):
            loop.time = _counted(engine, loop.time)

    def step(self, engine: Any, handle: Any, book: Any) -> None:
        """Run a handle of the loop, and note where it leaves its task."""
        task = getattr(handle._callback, "__self__", None)
        _run(handle)
        if isinstance(task, tasks.Task):
            if task.done():
                self._stands.pop(id(task), None)
            else:
                self._stands[id(task)] = hash(_stand(task.get_coro()))

    def reached(self) -> bool:
        """Asked between two turns."""
        turn = self._engine.turns
        if turn < self._look_at or self._too_much:
            return False
        stands = hash((tuple(sorted(self._stands.values())), len(self._loop._ready), len(self._engine.pending)))
        if self._found is not None and self._found[0] != stands and turn < self._look_at + self._apart:
            return False  # not yet where it was looked at
        before, self._found = self._found, (stands, self._everything())
        self._look_at = turn + self._apart
        self._apart *= 2
        return self._found == before and not self._too_much

    def _everything(self) -> int:
        """What decides what comes next, in one number."""
        engine, loop = self._engine, self._loop
        timers = [timer for timer in loop._scheduled if not timer._cancelled]
        handles = [*timers, *loop._ready]
        total = hash((engine.reads, len(loop._ready), tuple(sorted(round(timer._when - engine.now, 6) for timer in timers))))
        total += hash(tuple(sorted((round(a.due - engine.now, 6), a.actor) for a in engine.pending)))
        total += hash(random.getstate())
        roots: list[Any] = [value for handle in handles for value in (handle._callback, handle._args)]
        roots += [task.get_coro() for task in tasks.all_tasks(loop)]
        modules = {name: vars(m) for name, m in list(sys.modules.items()) if name == "__main__" or _is_users(m)}
        seen: set[int] = set()
        for value in _reached([*roots, *modules.values()], modules, seen):
            total += hash(value)
        if len(seen) > MOST_VALUES:
            self._too_much = True
        return total


def _counted(engine: Any, stock: Any) -> Any:
    """The loop's own clock: what asyncio asks it for is the time of a timer, and is no look at the clock."""

    def time() -> Any:
        before = engine.reads
        now = stock()
        asks = sys._getframe(1).f_code.co_filename
        if asks.startswith(_ASYNCIO) or sites.is_probe_file(asks):
            engine.reads = before
        return now

    time.racetrap_counts = True  # type: ignore[attr-defined]
    return time


def _is_users(module: Any) -> bool:
    file = getattr(module, "__file__", None)
    return isinstance(file, str) and sites.is_user_file(file)


def _is_of_the_probe(coro: Any) -> bool:
    frame = sites.frame_of(coro)
    return frame is not None and sites.is_probe_file(frame.f_code.co_filename)


def _stand(coro: Any) -> tuple[Any, ...]:
    """Where a coroutine and those it awaits stand."""
    return tuple((frame.f_code, frame.f_lasti) for frame in sites.frames_of(coro))


def _reached(roots: list[Any], modules: Container[str], seen: set[int]) -> Iterator[Any]:
    """What can be told of every value that `roots` reach, in no order that means anything.  Calls nothing of the user's.

    modules: names of those whose classes are looked into.
    seen: by id; those that were looked at.
    """
    todo = roots
    while todo and len(seen) <= MOST_VALUES:
        value = todo.pop()
        kind = type(value)
        if kind in _PLAIN:
            yield kind, value
            continue
        if id(value) in seen or issubclass(kind, _OPAQUE) or kind.__module__.startswith("racetrap_probe"):
            continue
        seen.add(id(value))
        if kind in _SIZED:
            yield kind, len(value)
        if issubclass(kind, dict):
            for key, inner in value.items():
                if type(inner) in _PLAIN:
                    yield key if type(key) in _PLAIN else None, inner
                else:
                    todo.append(inner)
        elif issubclass(kind, type):
            if value.__module__ in modules:
                todo.append(dict(vars(value)))
        elif issubclass(kind, types.FunctionType):
            todo.extend(value.__closure__ or ())
            todo.append(value.__defaults__)
        elif issubclass(kind, futures.Future):
            if value.done() and not value.cancelled() and value.exception() is None:
                todo.append(value.result())
        elif kind.__module__.startswith("asyncio") and not issubclass(kind, mixins._LoopBoundMixin):
            continue  # when a deadline is, and the like
        elif issubclass(kind, random.Random):
            yield value.getstate()
        elif kind is itertools.count:
            yield repr(value)
        elif issubclass(kind, _CHANGES):
            yield _stand(value)
            inner = gc.get_referents(value)  # the locals, and what a loop goes through
            todo.extend(inner if not _is_of_the_probe(value) else (v for v in inner if isinstance(v, _CHANGES)))
        else:
            if kind.__module__ in _ITERATORS and hasattr(kind, "__length_hint__"):
                yield kind, value.__length_hint__()
            todo.extend(gc.get_referents(value))
            todo.append(kind)
