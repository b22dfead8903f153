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


class Wakeups:
    """What is known of every event and condition, and which wake-ups were given to a task that left by cancellation."""

    def __init__(self, task_number: Any) -> None:
        self.task_number = task_number
        self.last: dict[int, Unheard] = {}
        """The last wake-up of each event or condition, by its id; the owner is kept alive, so no id is used again."""
        self.in_vain: list[tuple[int, Any, Site]] = []
        """(task, the future it was woken by, where it stood) of each wake-up given to a task that then left by cancellation."""

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

    def heard(self, owner: Any) -> None:
        known = self.last.get(id(owner))
        if known is not None:
            known.heard = True

    def cleared(self, owner: Any) -> None:
        known = self.last.get(id(owner))
        if known is not None and not known.heard:
            known.cleared = sites.caller(2)

    def woken_in_vain(self, task: Any, future: Any) -> None:
        self.in_vain.append((getattr(task, "racetrap_number", 0), future, sites.user_site_of(task.get_coro())))


def _book() -> Wakeups | None:
    engine = current.engine
    return engine.monitor.wakeups if engine is not None and engine.monitor is not None else None


def install() -> None:
    event: Any = asyncio.Event
    stock_set, stock_clear, stock_is_set, stock_wait = event.set, event.clear, event.is_set, event.wait

    def set_(self: Any) -> None:
        book = _book()
        if book is not None:
            book.given(self, "set", any(not f.done() for f in self._waiters))
        stock_set(self)

    def clear(self: Any) -> None:
        if self._value and (book := _book()) is not None:
            book.cleared(self)
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


def _acquire(stock: Any) -> Any:
    @functools.wraps(stock)
    async def acquire(self: Any) -> Any:
        got = await stock(self)
        engine = current.engine
        if engine is not None and engine.monitor is not None:
            engine.monitor.event("lock")
            engine.monitor.wakeups.taken(self)
        return got
    return acquire


def _release(stock: Any) -> Any:
    @functools.wraps(stock)
    def release(self: Any) -> None:
        book = _book()
        if book is not None:
            book.given_back(self)
        stock(self)
    return release
