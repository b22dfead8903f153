"""POOL: tasks that keep what they have and wait for more.

## What it does
POOL007 reports a pool whose resources are all lent to tasks that each wait for another one of it.

## Why is this bad?
None of them can go on, so none gives anything back: a deadlock, which shows only when enough of them come at once.  Where the pool gives up after a while, all of them fail.

## Example
    async with pool.acquire() as connection:
        for row in await connection.fetch(query):
            await audit(row)          # which does `async with pool.acquire()` itself

## Use instead
    async with pool.acquire() as connection:
        for row in await connection.fetch(query):
            await audit(row, connection)

or two pools, or read everything first and give the connection back.

## Certain when
A task that holds one of the pool's resources waits in its lending method for ever (the workload hangs), or is refused by it and does not handle that; the pool has nothing more to lend, and each
resource it has lent is held by a task that stands in its lending method too.
"""

from __future__ import annotations

import sys
from typing import Any

from .. import flow, sites
from ..loop import task_number
from .leak import inside
from .pool import places

CODES = {"POOL007": "tasks hold resources of a pool and wait for another one of it"}


class Hold:
    def __init__(self, monitor: Any) -> None:
        self.monitor = monitor

    def on_hang(self, waiting: list[Any]) -> None:
        self._judge_all({getattr(task, "racetrap_number", 0) for task in waiting})

    def on_threads_hang(self, world: Any) -> None:
        self._judge_all({worker.actor for worker in world.workers if not worker.done})

    def on_threads_stuck(self, waiting: set[int]) -> None:
        self._judge_all(waiting)

    def _judge_all(self, alive: set[int]) -> None:
        """alive: the tasks or threads that wait for ever."""
        for pool, actor, stack in inside(self.monitor.leases.asking, alive):
            if self._judge(pool, actor, stack, certain=True):
                self.monitor.explain_hang("POOL007")
                return

    def on_starving(self, pool: Any) -> None:
        actor = task_number()
        handled = flow.is_handled(sys._getframe(1))
        self._judge(pool, actor, self.monitor.leases.asking[actor][-1][1], certain=not handled)

    def _judge(self, pool: Any, actor: int, waits: sites.Stack, certain: bool) -> bool:
        leases = self.monitor.leases
        held = leases.open(pool)
        asking = {number for number, asked in leases.asking.items() if asked and asked[-1][0] is pool}
        mine = next(((resource, lease) for resource, lease in held if actor in lease.actors), None)
        if mine is None or not leases.is_empty(pool, len(held)) or not all(lease.actors & asking for _, lease in held):
            return False
        resource, lease = mine
        where = [*places(resource, waits, "waits for another one"), *places(resource, lease.acquired, "acquired", lease.began)]
        acquired = next(site for site in where if site["role"] == "acquired")
        self.monitor.report(
            "POOL007", f"each {resource.kind} of the pool is held by a task that waits for another one",
            certain=certain, key=f"{resource.kind}:{where[0]['path']}:{where[0]['line']}:{acquired['line']}", resource=resource.kind, sites=where,
            detail=[f"{self.monitor.who(number)} holds {r.label} and asks for another one" for r, one in held for number in sorted(one.actors & asking)[:1]])
        return True
