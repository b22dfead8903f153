"""LOCK: tasks that wait for each other.

## What it does
LOCK001 reports a deadlock: every task of a circle waits for an asyncio.Lock or Semaphore that the next one holds, or a task waits for a Lock it holds itself.

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
The workload hangs, and the circle was there.
"""

from __future__ import annotations

import asyncio
from typing import Any

from .. import sites
from .wake import name_of, waited_for

CODES = {"LOCK001": "tasks wait for each other's locks"}


class Lock:
    def __init__(self, monitor: Any) -> None:
        self.monitor = monitor

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
                where.append(sites.as_site(stands[0], stands[1], f"task {number} waits"))
            for holder, site in self.monitor.wakeups.holders_of(target):
                if site is not None:
                    where.append(sites.as_site(site[0], site[1], f"taken by task {holder}"))
                    detail.append(f"task {number} ({name_of(task)}) waits for a {type(target).__name__} that task {holder} holds")
        key = ",".join(sorted({f"{s['path']}:{s['line']}" for s in where}))
        title = (f"deadlock: {len(circle)} tasks wait for each other's locks" if len(circle) > 1
                 else f"deadlock: {name_of(wants[circle[0]][0])} waits for a lock it holds itself")
        self.monitor.report("LOCK001", title, key=key, sites=where[:6], detail=detail)
        self.monitor.explain_hang("LOCK001")
