"""WAKE: a thread waits for a wake-up that has been given already.

## What it does
When every thread waits and nothing can come, the conditions and events they wait at are looked at.  WAKE003 reports one whose last wake-up came when nobody
waited there.  WAKE005 reports a `notify()` that woke one of several waiters, one who could not use it and went back to wait: those it was meant for wait on.

## Why is this bad?
The program stands still for good, though all that is needed to go on has happened.

## Example
    with self.changed:                    # producers and consumers wait at one condition
        while self.full():
            self.changed.wait()
        self.items.append(item)
        self.changed.notify()             # may wake another producer, which finds it full and waits again

## Use instead
notify_all(), or a condition for each kind of waiter (`not_full`, `not_empty`) on one lock; look at the state under the condition's lock, in a loop, before waiting.

## Certain when
The program hangs.  The rule only says why.
"""

from __future__ import annotations

import functools
import sys
import threading
from typing import Any

from .. import current, primitives, waiting
from ..sources import looks_first

CODES = {"WAKE005": "a notify() woke a waiter that could not use it, and others wait on"}


class _Notice:
    """The last wake-up of a condition."""

    def __init__(self, owner: Any, by: Any, site: Any, woken: list[Any], left: int) -> None:
        self.owner = owner
        self.by = by
        self.site = site
        self.woken = woken
        self.left = left
        """How many waiters it left waiting."""


class Unheard:
    def __init__(self, monitor: Any) -> None:
        self.monitor = monitor
        self.last: dict[int, _Notice] = {}

    def notified(self, condition: Any, count: int) -> None:
        world = self.monitor.world
        waiters = list(condition._waiters)
        reached = {id(lock) for lock in waiters[:count]}
        woken = [w for w in world.workers if not w.done and id(w.waits) in reached]
        self.last[id(condition)] = _Notice(condition, world.running, waiting.user_site(sys._getframe(2)), woken, len(waiters) - len(reached))

    def on_threads_hang(self, world: Any) -> None:
        for worker in world.workers:
            where = worker.user_site()
            if worker.done or where is None or not worker.blocked:
                continue
            _, target = waiting.waited_for(worker)
            condition = target._cond if isinstance(target, threading.Event) else target
            notice = self.last.get(id(condition))
            if notice is None or not isinstance(condition, threading.Condition) or notice.site is None:
                continue
            what = type(target).__name__
            if not notice.woken and notice.left == 0:
                if target is condition and looks_first(waiting.frames(worker)):
                    continue  # it saw what the wake-up was about, and that was not enough
                how = "that was set and cleared" if isinstance(target, threading.Event) else "that was notified"
                self._report("WAKE003", f"a thread waits for ever for {'an' if what[0] in 'AEIOU' else 'a'} {what} {how} before it waited", worker, where, notice)
                return
            again = [w for w in notice.woken if not w.done and waiting.waited_for(w)[1] is target]
            if notice.left and again:
                self._report("WAKE005", f"a wake-up of a {what} went to a waiter that could not use it, and all wait on", worker, where, notice)
                return

    def _report(self, code: str, title: str, worker: Any, where: Any, notice: _Notice) -> None:
        told = [self.monitor.site_of(where, f"{worker.name} waits", worker.actor, "wait"),
                self.monitor.site_of(notice.site, f"woken by {notice.by.name}", notice.by.actor, "notify", "line")]
        self.monitor.report(code, title, key=",".join(sorted({f"{s['path']}:{s['line']}" for s in told})), sites=told,
                            detail=[f"the last wake-up reached {', '.join(w.name for w in notice.woken) or 'nobody'}", *self.monitor.hang_detail()])
        self.monitor.explain_hang(code)


def install() -> None:
    """Once per process: conditions tell who is woken."""
    condition: Any = threading.Condition
    stock = condition.notify

    @functools.wraps(stock)
    def notify(self: Any, n: int = 1) -> None:
        world = primitives.watched()
        if world is not None and not world.dying:
            monitor = current.engine.monitor if current.engine is not None else None
            if monitor is not None:
                monitor.unheard.notified(self, n)
        stock(self, n)

    condition.notify = notify
