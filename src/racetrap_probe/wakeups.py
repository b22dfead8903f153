"""Wake-ups nobody heard, and who holds what: facts about events, conditions, locks and semaphores for the WAKE and LOCK oracles.

One book per execution.  `install` patches asyncio's classes once per process.
"""

from __future__ import annotations

import asyncio
import functools
import sys
from typing import Any

from . import current, sites

Site = tuple[Any, int] | None


class Unheard:
    """A wake-up that reached nobody."""

    __slots__ = ("by", "cleared", "heard", "how", "owner", "site")

    def __init__(self, owner: Any, how: str, by: int, site: Site, heard: bool) -> None:
        self.owner = owner
        self.how = how
        self.by = by
        self.site = site
        self.heard = heard
        self.cleared: Site = None


class Giver:
    """A method with arguments that set an event: what it was called with, and through which call of its object's."""

    __slots__ = ("args", "code", "how", "line", "outer", "owner", "stack")

    def __init__(self, frame: Any) -> None:
        self.code, self.line = frame.f_code, frame.f_lineno
        self.owner, *self.args = arguments(frame)
        self.outer: list[Any] = [frame.f_code.co_name, self.args]
        """The outermost method of the same object that was called with one of these arguments: (name, arguments)."""
        self.how = [(frame.f_code, frame.f_lasti)]
        """The calls from there, innermost first: (code, offset)."""
        self.stack = sites.stack(3)
        above = frame.f_back
        while above is not None and (above.f_code.co_argcount > 1 or sites.is_probe_file(above.f_code.co_filename)):
            if sites.is_probe_file(above.f_code.co_filename):
                above = above.f_back
                continue
            owner, *args = arguments(above)
            if owner is not self.owner or not any(a is b for a in args for b in self.args):
                break
            self.outer = [above.f_code.co_name, args]
            self.how.append((above.f_code, above.f_lasti))
            above = above.f_back


def arguments(frame: Any) -> list[Any]:
    code, values = frame.f_code, frame.f_locals
    return [values.get(name) for name in code.co_varnames[: code.co_argcount]]


class InVain:
    """A wake-up that was given to a task which a cancellation reaches first.

    Either the cancellation came when the wake-up had been given and the task had not gone on yet, or the wake-up came when the task was
    cancelled and had not left yet.
    """

    __slots__ = ("chain", "giver", "others", "stood", "task")

    def __init__(self, task: Any, giver: Giver | None) -> None:
        self.task = task
        self.giver = giver
        self.others: list[tuple[Any, Any]] = []
        """Who waited at the same place, in a method of the same object, at that moment: (task, the future it waits for)."""
        coroutine = task.get_coro()
        self.stood = sites.user_site_of(coroutine)
        self.chain = chain_of(coroutine)

    @property
    def number(self) -> int:
        return getattr(self.task, "racetrap_number", 0)


def chain_of(coroutine: Any) -> list[tuple[Any, int, int]]:
    """Where a suspended coroutine stands, outermost first: (code, line, id of its `self` or 0)."""
    return [(f.f_code, f.f_lineno, id(f.f_locals["self"]) if "self" in f.f_locals else 0) for f in sites.frames_of(coroutine)
            if not sites.is_probe_file(f.f_code.co_filename)]


THIN = 2
"""Wrappers round asyncio.Event.set to look through."""
_WAITS = asyncio.Event.wait.__code__


def turn_of(chain: list[tuple[Any, int, int]]) -> tuple[Any, int, int] | None:
    """The frame whose turn it was: the one that waits, an Event's own wait aside (and wrappers of the same name), which loses nothing."""
    at = len(chain)
    if at and chain[-1][0] is _WAITS:
        while at and chain[at - 1][0].co_name == _WAITS.co_name:
            at -= 1
    return chain[at - 1] if at else None


def is_same_place(mine: tuple[Any, int, int] | None, theirs: tuple[Any, int, int] | None) -> bool:
    """The same function, of the same object?"""
    return mine is not None and theirs is not None and mine[0] is theirs[0] and mine[2] == theirs[2]


def _is_of_the_loop(code: Any) -> bool:
    """Is it a part of asyncio that waits for the outside, not for another task?"""
    return sites.is_standard(code) and not code.co_filename.endswith(("locks.py", "queues.py"))


class Wakeups:
    """What is known of every event and condition, and which wake-ups were given to a task that left by cancellation."""

    def __init__(self, task_number: Any) -> None:
        self.task_number = task_number
        self.last: dict[int, Unheard] = {}
        """The last wake-up of each event or condition, by its id; the owner is kept alive, so no id is used again."""
        self.in_vain: list[InVain] = []
        self.giver: tuple[int, Any, Giver] | None = None
        """(turn of the loop, event, giver) of the last event that was set for somebody by a method with arguments."""

        self.holders: dict[int, tuple[Any, list[tuple[int, Site]]]] = {}
        """By its id: each lock and semaphore with (task, where) of those who took it and have not given it back, oldest first."""

    def taken(self, owner: Any) -> None:
        self.holders.setdefault(id(owner), (owner, []))[1].append((self.task_number(), sites.user_site(sys._getframe(2))))

    def given_back(self, owner: Any) -> None:
        known = self.holders.get(id(owner))
        if known is None or not known[1]:
            return
        mine = self.task_number()
        held = known[1]
        at = next((i for i, (number, _) in enumerate(held) if number == mine), 0)  # by another task: the oldest
        del held[at]

    def holders_of(self, owner: Any) -> list[tuple[int, Site]]:
        return self.holders[id(owner)][1] if id(owner) in self.holders else []

    def given(self, owner: Any, how: str, heard: bool) -> None:
        self.last[id(owner)] = Unheard(owner, how, self.task_number(), sites.caller(2), heard)

    def is_set(self, event: Any, waiters: Any, frame: Any) -> None:
        """An event is about to be set for those who wait; some of them may be cancelled and have not left yet."""
        engine: Any = current.engine
        for _ in range(THIN):
            if frame is not None and frame.f_code.co_argcount < 2:  # a wrapper's own set()
                frame = frame.f_back
        giver = Giver(frame) if frame is not None and frame.f_code.co_argcount > 1 else None
        if giver is not None:
            self.giver = engine.turns, event, giver
        for future in waiters:
            if future.cancelled():
                engine.monitor.woken_too_late(future, giver)

    def giver_of(self, task: Any) -> Giver | None:
        """Who woke a task that has not gone on since, if that was a method with arguments."""
        engine: Any = current.engine
        if self.giver is None or engine.turns - self.giver[0] > 1:
            return None
        event = self.giver[1]
        waits = any(f.f_code is _WAITS and f.f_locals.get("self") is event for f in sites.frames_of(task.get_coro()))
        return self.giver[2] if waits else None

    def heard(self, owner: Any) -> None:
        known = self.last.get(id(owner))
        if known is not None:
            known.heard = True

    def cleared(self, owner: Any) -> None:
        known = self.last.get(id(owner))
        if known is not None and not known.heard:
            known.cleared = sites.caller(2)

    def woken_in_vain(self, task: Any, giver: Giver | None, tasks: list[Any]) -> InVain:
        """tasks: all of the execution's."""
        vain = InVain(task, giver)
        theirs = turn_of(vain.chain)
        if theirs is not None and theirs[2] and not _is_of_the_loop(theirs[0]):
            for other in tasks:
                if other is not task and (future := other._fut_waiter) is not None and not future.done() and is_same_place(turn_of(chain_of(other.get_coro())), theirs):
                    vain.others.append((other, future))
        self.in_vain.append(vain)
        return vain


def _book() -> Wakeups | None:
    engine = current.engine
    return engine.monitor.wakeups if engine is not None and engine.monitor is not None else None


def install() -> None:
    event: Any = asyncio.Event
    stock_set, stock_clear, stock_is_set, stock_wait = event.set, event.clear, event.is_set, event.wait

    def set_(self: Any) -> None:
        book = _book()
        if book is not None:
            waiters = self._waiters
            book.given(self, "set", any(not f.done() for f in waiters))
            _tell("set", self)
            if waiters and not self._value:
                book.is_set(self, waiters, sys._getframe(1))
        stock_set(self)

    def clear(self: Any) -> None:
        if self._value and (book := _book()) is not None:
            book.cleared(self)
            _tell("clear", self)
        stock_clear(self)

    def is_set(self: Any) -> Any:
        if self._value and (book := _book()) is not None:
            book.heard(self)
        return stock_is_set(self)

    def wait(self: Any) -> Any:
        if self._value and (book := _book()) is not None:
            book.heard(self)
        return stock_wait(self)

    condition: Any = asyncio.Condition
    stock_notify = condition.notify

    def notify(self: Any, n: int = 1) -> None:
        book = _book()
        if book is not None:
            book.given(self, "notify", any(not f.done() for f in self._waiters))
            _tell("notify", self)
        stock_notify(self, n)

    lock: Any = asyncio.Lock
    semaphore: Any = asyncio.Semaphore
    for cls in (lock, semaphore):
        cls.acquire, cls.release = _acquire(cls.acquire), _release(cls.release)

    for name, mine, stock in (("set", set_, stock_set), ("clear", clear, stock_clear), ("is_set", is_set, stock_is_set),
                              ("wait", wait, stock_wait)):
        mine.__name__, mine.__qualname__, mine.__doc__ = name, f"Event.{name}", stock.__doc__
        setattr(event, name, mine)
    notify.__qualname__, notify.__doc__ = "Condition.notify", stock_notify.__doc__
    condition.notify = notify


def _tell(kind: str, owner: Any) -> None:
    """In a recorded run: the caller's caller does that to an event, condition, lock or semaphore."""
    engine: Any = current.engine
    if engine.book is not None:
        engine.book.here(kind, owner, sys._getframe(2))


def _acquire(stock: Any) -> Any:
    @functools.wraps(stock)
    async def acquire(self: Any) -> Any:
        got = await stock(self)
        engine = current.engine
        if engine is not None and engine.monitor is not None:
            engine.monitor.event("lock")
            if engine.book is not None:
                engine.book.here("lock", self, sys._getframe(1))
            engine.monitor.wakeups.taken(self)
        return got
    return acquire


def _release(stock: Any) -> Any:
    @functools.wraps(stock)
    def release(self: Any) -> None:
        book = _book()
        if book is not None:
            book.given_back(self)
            _tell("unlock", self)
        stock(self)
    return release
