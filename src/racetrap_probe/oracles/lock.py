"""LOCK: tasks or threads that wait for each other.

## What it does
LOCK001 reports a deadlock: every task of a circle waits for an asyncio.Lock or Semaphore that the next one holds, or a task waits for a Lock it holds itself;
or every thread of a circle waits for a lock of threading that the next one holds.  LOCK002 reports two locks that threads take in both orders, in a run
that went well.  LOCK003 reports a thread that holds a lock, calls a function it was given (a listener, a hook), and that takes another lock.

## Why is this bad?
None of them ever goes on.

## Example
    async def transfer(a, b):
        async with a.lock:
            async with b.lock:        # another task has b and waits for a
                ...

## Use instead
    first, second = sorted((a, b), key=lambda account: account.number)
    async with first.lock, second.lock:
        ...

## Certain when
Tasks: the workload hangs, and the circle was there.  Threads: the circle is closed, by locks taken in `with` statements and waited for without a timeout, at
once; by other ways of taking them when the program hangs.  LOCK002 is always a note: the search goes on to drive the program into the deadlock, and reports
it as LOCK001 if it gets there.  So is LOCK003: who holds the lock cannot know which locks a function takes that somebody else has handed in; call it when the lock is given back.  Orders under a common third lock, and those of a thread that was over before the other began, are none.
"""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

from .. import primitives, sites, waiting
from .wake import name_of, waited_for

CODES = {
    "LOCK001": "tasks or threads wait for each other's locks",
    "LOCK002": "two locks are taken in both orders",
    "LOCK003": "a function that was handed in takes a lock while its caller holds one",
}


class Lock:
    def __init__(self, monitor: Any) -> None:
        self.monitor = monitor
        self.orders: dict[tuple[int, int], list[Any]] = {}
        """By (first, second): who took the second lock while it held the first, and where."""

    def on_hang(self, waiting: list[Any]) -> None:
        """waiting: every task that is not done."""
        wants: dict[int, tuple[Any, Any]] = {}
        for task in waiting:
            target = waited_for(task)
            if isinstance(target, (asyncio.Lock, asyncio.Semaphore)):
                wants[getattr(task, "racetrap_number", 0)] = task, target
        for start in wants:
            circle = self._circle(start, wants)
            if circle:
                self._tell(circle, wants)
                return

    def _circle(self, start: int, wants: dict[int, tuple[Any, Any]]) -> list[int]:
        """Tasks from `start` back to `start`, each waiting for what the next one holds; [] if there is no such circle."""
        path: list[int] = []
        now = start
        while now in wants and now not in path:
            path.append(now)
            target = wants[now][1]
            held_by = [number for number, _ in self.monitor.wakeups.holders_of(target)]
            if not held_by or not all(number in wants for number in held_by):
                return []  # somebody who can go on holds it
            now = held_by[0]
        return path if now == start and path else []

    def _tell(self, circle: list[int], wants: dict[int, tuple[Any, Any]]) -> None:
        where, detail = [], []
        for number in circle:
            task, target = wants[number]
            stands = sites.user_site_of(task.get_coro())
            if stands is not None:
                where.append(self.monitor.site_of(stands, f"task {number} waits", number, "wait"))
            for holder, site in self.monitor.wakeups.holders_of(target):
                if site is not None:
                    where.append(self.monitor.site_of(site, f"taken by task {holder}", holder, "lock"))
                    detail.append(f"{self.monitor.who(number)} waits for a {type(target).__name__} that {self.monitor.who(holder)} holds")
        key = ",".join(sorted({f"{s['path']}:{s['line']}" for s in where}))
        title = (f"deadlock: {len(circle)} tasks wait for each other's locks" if len(circle) > 1
                 else f"deadlock: {name_of(wants[circle[0]][0])} waits for a lock it holds itself")
        self.monitor.report("LOCK001", title, key=key, sites=where[:6], detail=detail)
        self.monitor.explain_hang("LOCK001")

    # --------------------------------------------------------------- threads
    def on_world(self, world: Any) -> None:
        if self.monitor.recorder is None:
            world.on_block = self.blocks

    def took(self, worker: Any, lock: Any) -> None:
        """A thread took a lock (none of `is_innermost`): where, and while it held which others?"""
        site = lock.taken = waiting.site_of_caller(worker)
        if site is None or len(worker.held) < 2 or self.monitor.recorder is not None:
            return
        for before in worker.held[:-1]:
            if before.taken is not None and before is not lock:
                self._ordered(worker, before, lock)
                self._called_back(worker, before, lock)

    def _called_back(self, worker: Any, held: Any, lock: Any) -> None:
        """Was the second lock taken in a function that the holder of the first one was given?"""
        frames = []
        frame: Any = worker.frame()
        while frame is not None:
            if not sites.is_probe_file(frame.f_code.co_filename) and not sites.is_standard(frame.f_code):
                frames.append(frame)
                if frame.f_code is held.taken[0]:
                    break
            frame = frame.f_back
        else:
            return
        for called, caller in itertools.pairwise(frames):
            name = called.f_code.co_name
            if not sites.is_user_code(called.f_code) or name.startswith("__") or (name.startswith("<") and name != "<lambda>") or name in caller.f_code.co_names:
                continue
            places = [(held.taken, "lock held"), ((caller.f_code, caller.f_lineno), "calls what it was given"), (lock.taken, "takes another lock")]
            where = [sites.as_site(site[0], site[1], role) for site, role in places]
            self.monitor.report(
                "LOCK003", f"{caller.f_code.co_qualname} calls {called.f_code.co_qualname}, which it was given, while it holds a lock", certain=False,
                key=",".join(f"{s['path']}:{s['line']}" for s in where), sites=where,
                detail=[f"{worker.name} takes another lock there; a thread that has that one and comes here waits for ever"])
            return

    def _ordered(self, worker: Any, first: Any, second: Any) -> None:
        """Taken in this order; was it ever the other way round, by another thread and under no common lock?"""
        gates = {id(held) for held in worker.held if held is not first and held is not second}
        sites_of = first.taken, second.taken
        self.orders.setdefault((id(first), id(second)), []).append((worker, first, second, gates, sites_of))
        for other, _, _, their_gates, theirs in self.orders.get((id(second), id(first)), ()):
            if other is worker or gates & their_gates or other.number in self._over_before(worker):
                continue
            places = [(theirs[0], "taken first"), (theirs[1], "then the other"), (sites_of[0], "the other one first"), (sites_of[1], "then this")]
            where = [sites.as_site(s[0], s[1], role) for s, role in places]
            self.monitor.report(
                "LOCK002", "two locks are taken in both orders", certain=False,
                key=",".join(sorted({f"{s['path']}:{s['line']}" for s in where})), sites=where,
                detail=[f"{other.name} and {worker.name} take them in opposite orders; no lock is held by both meanwhile"])

    def _over_before(self, worker: Any) -> set[int]:
        """Threads that were over when this one began."""
        return worker.born_after

    def blocks(self, worker: Any) -> None:
        """A thread waits without a deadline: does that close a circle of locks that only their holders release?"""
        circle: list[Any] = []
        now = worker
        while now is not None and now not in circle:
            lock = now.waits
            if not isinstance(lock, (primitives.Lock, primitives.RLock)) or now.timer is not None or now.woken:
                return
            if isinstance(lock, primitives.Lock) and not lock.entered:
                return  # somebody else may release it: judged when everything rests
            circle.append(now)
            now = lock.owner
        if now is worker:
            self._tell_threads(circle)

    def on_threads_hang(self, world: Any) -> None:
        for start in world.workers:
            circle: list[Any] = []
            now: Any = start
            while now is not None and now not in circle and not now.done and not waiting.is_signal(now):
                circle.append(now)
                now = getattr(now.waits, "owner", None)
            if now is start and circle and (len(circle) > 1 or isinstance(start.waits, primitives.RLock) or start.waits.entered):
                self._tell_threads(circle)
                return

    def _tell_threads(self, circle: list[Any]) -> None:
        where, inside, detail = [], [], []
        for worker in circle:
            stands = worker.user_site()
            lock = worker.waits
            if stands is not None:
                where.append(self.monitor.site_of(stands, f"{worker.name} waits", worker.actor, "wait"))
            if lock.taken is not None:
                where.append(self.monitor.site_of(lock.taken, f"taken by {lock.owner.name}", lock.owner.actor, "lock"))
            within = waiting.site_in_package(worker)
            if within is not None:
                inside.append(sites.as_site(within[0], within[1], f"{worker.name} waits, inside"))
            detail.append(f"{worker.name} waits at {sites.text(stands)} for the lock that {lock.owner.name} took at {sites.text(lock.taken)}")
        key = ",".join(sorted({f"{s['path']}:{s['line']}" for s in where}))
        title = (f"deadlock: {len(circle)} threads wait for each other's locks" if len(circle) > 1
                 else "deadlock: a thread waits for a lock it holds itself")
        self.monitor.report("LOCK001", title, key=key, sites=[*where[:6], *inside], detail=detail)
        self.monitor.explain_hang("LOCK001")
