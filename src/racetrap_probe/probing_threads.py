"""Asking a program of several threads a question, in a fork that is thrown away.

In the child only the thread that asks is there.  What the others would do cannot be tried, so a question is put only where they would do nothing
about it: no live thread but the asking one reaches the pool or the resource, or all of them wait for ever.  In the child the asking thread is
alone in a world of its own (Alone): where it would wait for another it waits for ever, and where it sets another in motion the answer is "unknown".
"""

from __future__ import annotations

import _thread
import gc
import sys
from collections.abc import Callable, Iterator
from typing import Any

from . import baton, current, outside, probing, sites, threads
from .engine import EPOCH


class Waits(BaseException):
    """In the child: it would wait here for ever."""


class Unknown(BaseException):
    """In the child: what follows depends on a thread that is not there."""


class Alone(baton.World):
    """The world of the thread that asks."""

    def __init__(self, engine: Any) -> None:
        outside.not_watched()
        super().__init__(engine)
        self.waited = False
        """It waited for nothing until a deadline of its own passed."""

    def block(self, waits: Any, timeout: float | None = None, site: Any = None) -> bool:
        if getattr(waits, "owner", None) not in (None, self.main):
            raise Unknown
        if timeout is None:
            raise Waits
        self.engine.now += max(0.0, timeout)
        self.waited = True
        return False

    def wake(self, worker: Any) -> None:
        if worker is not self.main:
            raise Unknown

    def sleep(self, seconds: float) -> None:
        self.engine.now += max(0.0, seconds)

    def start(self, *args: Any, **kw: Any) -> Any:
        raise Unknown

    def late_result(self) -> None: ...

    def line(self, frame: Any, code: Any, number: int) -> None:
        self.main.lines += 1
        if self.main.lines > probing.TURNS:
            raise Unknown


def ask(question: Callable[[Alone], Any]) -> Any:
    """Fork, answer `question` in the child with the asking thread alone, return the answer (JSON); None when there is none."""

    def alone() -> Any:
        engine = current.engine
        assert engine is not None
        engine.quiet = True
        engine.book = engine.record = engine.on_abort = None
        engine.pending.clear()
        current.thread = _thread.get_ident()
        engine.world = current.world = world = Alone(engine)
        assert world.engine.now >= EPOCH
        try:
            return question(world)
        except Unknown:
            return None

    threads.asking = True
    try:
        return probing.ask(alone, alone=True)
    finally:
        threads.asking = False


def others(world: Any) -> list[Any]:
    """The live threads but the one that runs."""
    return [w for w in world.workers if not w.done and w is not world.running]


def locals_of(workers: list[Any], target: Any) -> list[Any]:
    """What the user's frames of these threads hold; the resource's own threads (a heartbeat, a reader) hold it for nobody."""
    return [value for worker in workers for frame in _frames(worker) if frame.f_locals.get("self") is not target for value in frame.f_locals.values()]


def _frames(worker: Any) -> Iterator[Any]:
    frame: Any = sys._current_frames().get(worker.ident)
    while frame is not None:
        if sites.is_user_code(frame.f_code):
            yield frame
        frame = frame.f_back


def could_change(world: Any, pool: Any, resource: Any) -> bool:
    """Could a thread other than the running one still do something with that pool or that resource?  world: not at rest."""
    held = locals_of(others(world), resource)
    mine = {id(worker) for worker in world.workers}
    return any(reaches(held, target, mine) for target in (pool, resource))


def reaches(roots: list[Any], target: Any, not_through: set[int]) -> bool:
    todo, seen = list(roots), set(not_through)
    while todo:
        value = todo.pop()
        if value is target:
            return True
        if id(value) in seen or isinstance(value, probing.OPAQUE):
            continue
        if len(seen) > 50_000:
            return True  # too much to look at: perhaps
        seen.add(id(value))
        todo.extend(gc.get_referents(value))
    return False
