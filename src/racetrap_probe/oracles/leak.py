"""Leaks: a resource that was lent and never comes back.

## What it does
POOL005 reports a resource that its borrower dropped: lent, not given back, not closed, held by nobody alive any more, while the pool, asked
for its resources one by one, ends in waiting for ever.

## Why is this bad?
Every such path costs the pool one slot.  After as many as it has, everybody waits for ever.

## Example
    conn = await pool.acquire()
    await handle(message)             # raises: conn is lost
    pool.release(conn)

## Use instead
    conn = await pool.acquire()
    try:
        await handle(message)
    finally:
        pool.release(conn)

## Certain when
The main coroutine or test body has ended (or the pool is about to be closed), everything has come to rest, the object was neither given back to
any method of the pool nor closed, no live task, frame or module reaches it other than through the pool, and in a forked child a probing acquire waits for ever
without having got it, after fewer than it had when the lease began.  A lease kept on purpose is reachable; a pool that opens another one does not wait; a pool
that was given a new one in its place lends as many as before.  Where a real server is in use no such question can be asked; then a task must wait in the pool for ever (the workload
hangs), or be refused by it, while as many resources are lent as the pool has.  Once main is over, another lease taken at the same place must have come back: one taken for the
program's life never does.
"""

from __future__ import annotations

import asyncio
import gc
from collections import deque
from typing import Any

from .. import classes, probing, probing_threads, sites
from ..learn import QUEUES
from ..loop import task_number as current_actor
from .pool import outside, places, site_of

CODES = {"POOL005": "a resource of the pool was lent and is lost"}

MOST_CHECKS = 12
"""Forked questions about one acquire site in one worker; each costs milliseconds."""
MOST_PROBES = 300
MOST_REFUSALS = 200
"""So often in one worker everything alive is looked through because a pool refused somebody; each time costs milliseconds."""


class Leak:
    def __init__(self, monitor: Any) -> None:
        self.monitor = monitor

    def on_main_end(self, loop: Any) -> None:
        self.check(loop, main_is_over=True)

    def on_close(self, pool: Any) -> None:
        loop = asyncio._get_running_loop()
        if loop is not None:
            self.check(loop)
        elif self.monitor.world is not None:
            self.check_threads(self.monitor.world)

    def on_rest(self, loop: Any) -> None:
        self.check(loop, resting=True)

    def on_threads_end(self, world: Any) -> None:
        self.check_threads(world, main_is_over=True)

    def on_threads_hang(self, world: Any) -> None:
        self.check_threads(world, resting=True)
        if world.engine.wire is not None and not self.monitor.hang_explained:
            self._judge_all({worker.actor for worker in world.workers if not worker.done})

    def on_threads_stuck(self, waiting: set[int]) -> None:
        self._judge_all(waiting)

    def check(self, loop: Any, resting: bool = False, main_is_over: bool = False) -> None:
        """Ask about every lease that is still open.

        When main is over, what it held for the program's life cannot be told from what was dropped: then another lease
        taken at the same place must have been returned.
        """
        if loop.is_closed():
            return
        pools: dict[int, list[tuple[Any, str]]] = {}
        for resource, key in self._open():
            if self._may_ask(key, resting):
                pools.setdefault(id(resource.owner), []).append((resource, key))
        for asked in pools.values():
            answers = probing.ask(lambda a=asked: self._question([resource for resource, _ in a], loop))  # type: ignore[misc]
            for (resource, key), answer in zip(asked, answers or (), strict=False):
                self._answered(resource, key, answer, resting, main_is_over)

    def check_threads(self, world: Any, resting: bool = False, main_is_over: bool = False) -> None:
        """As `check`, in a program of several threads; asked by the running one."""
        if world.engine.quiet or world.dying or world.loops:
            return
        for resource, key in self._open():
            if (resting or not probing_threads.could_change(world, resource.owner, resource.value)) and self._may_ask(key, resting):
                held = probing_threads.locals_of(probing_threads.others(world), resource.value)
                answer = probing_threads.ask(lambda alone, r=resource, held=held: self._question_alone(r, held, alone))  # type: ignore[misc]
                self._answered(resource, key, answer, resting, main_is_over)

    def _open(self) -> list[tuple[Any, str]]:
        """The resources whose lease is still open, and the key of the place they were taken at."""
        leases = self.monitor.leases
        found: list[tuple[Any, str]] = []
        for resource in list(leases.known.values()) if leases.live and self.monitor.recorder is None else ():
            lease = resource.lease
            if lease is not None and not (lease.ended or lease.given or resource.shared):
                site = outside(resource, lease.acquired)
                found.append((resource, f"{resource.kind}:{sites.relative(site[0].co_filename) if site else '?'}:{site[1] if site else 0}"))
        return found

    def _may_ask(self, key: str, resting: bool) -> bool:
        if f"POOL005:{key}" in self.monitor.violations:
            return False
        asked = self.monitor.roles.asked
        if f"POOL005:{key}" in self.monitor.roles.confirmed:  # told already; the search masks it
            if resting:
                self.monitor.explain_hang("POOL005")
            return False
        asked[key] = asked.get(key, 0) + 1
        return bool(asked[key] <= MOST_CHECKS)

    def _answered(self, resource: Any, key: str, answer: Any, resting: bool, main_is_over: bool) -> None:
        if not answer or not answer.get("lost"):
            return
        lease = resource.lease
        certain = answer["lent"] + answer["others"] < lease.most and not (main_is_over and lease.acquired not in self.monitor.leases.returned)
        self.monitor.report(
            "POOL005", f"{resource.kind} lent and lost: its borrower ended without giving it back",
            certain=certain, key=key, resource=resource.kind, sites=[site_of(outside(resource, lease.acquired), "acquired, never returned", lease.began)],
            detail=[f"{self.monitor.who(lease.actor)} got {resource.label} in lease {lease.number} and dropped it",
                    f"asked at rest, the pool lent {answer['lent']} more and then made the next borrower wait for ever; it had {lease.most}"])
        if resting and certain:
            self.monitor.explain_hang("POOL005")

    # -------------------------------------------------- without a question
    def on_hang(self, waiting: list[Any]) -> None:
        self._judge_all({getattr(task, "racetrap_number", 0) for task in waiting})

    def _judge_all(self, alive: set[int]) -> None:
        """alive: the tasks or threads that wait for ever."""
        leases = self.monitor.leases
        for closing, book in ((False, leases.asking), (True, leases.closing)):
            for pool, actor, stack in inside(book, alive):
                if self._judge(pool, actor, stack, closing):
                    self.monitor.explain_hang("POOL005")

    def on_starving(self, pool: Any) -> None:
        asked, name = self.monitor.roles.asked, f"refused by {classes.name_of(type(pool))}"
        asked[name] = asked.get(name, 0) + 1
        if asked[name] <= MOST_REFUSALS:
            actor = current_actor()
            self._judge(pool, actor, self.monitor.leases.asking[actor][-1][1])

    def _judge(self, pool: Any, actor: int, waits: sites.Stack, closing: bool = False) -> bool:
        """Somebody gets nothing from that pool, or waits for its end: what it has lent, has anybody still got it?"""
        leases = self.monitor.leases
        held = leases.open(pool)
        if not held or not (closing or leases.is_empty(pool, len(held))):
            return False
        told = False
        own = self._parts(pool)
        for resource, lease in held:
            where = places(resource, lease.acquired, "acquired, never returned", lease.began)
            key = f"{resource.kind}:{where[0]['path']}:{where[0]['line']}"
            if f"POOL005:{key}" in self.monitor.roles.confirmed:  # told already; the search masks it
                told = True
                continue
            not_through = {id(pool), id(self.monitor), id(resource), id(leases), id(leases.known), id(held), *own}
            apart = probing.frames_of_own_tasks(resource.pool, resource.kind, lease.actors)
            if actor in lease.actors or probing.held_by_the_living(resource.value, not_through, lambda container: False, apart=apart):
                continue
            told = True
            self.monitor.report(
                "POOL005", f"{resource.kind} lent and lost: its borrower went on without giving it back",
                key=key, resource=resource.kind, sites=[*where, *places(resource, waits, "waits for the pool to close" if closing else "gets none")],
                detail=[f"{self.monitor.who(lease.actor)} got {resource.label} in lease {lease.number} and dropped it",
                        f"{self.monitor.who(actor)} closes the pool, which waits for it" if closing else
                        f"{len(held)} are lent, and the pool has no more; {self.monitor.who(actor)} asked for one"])
        return told

    def _parts(self, pool: Any) -> set[int]:
        """By id: the objects of the pool's library that belong to pools, and whose holding something means nothing."""
        names = (self.monitor.roles.pool(pool) or {}).get("inner", ())
        if not names:
            return set()
        package = type(pool).__module__.partition(".")[0]
        return {id(value) for value in gc.get_objects() if type(value).__qualname__ in names and type(value).__module__.partition(".")[0] == package}

    def _registers(self, resource: Any) -> set[int]:
        """By id: containers of the objects whose methods lend and take back what is kept in a queue of theirs: a list of all there is holds none for anybody."""
        if type(resource.owner).__qualname__ == resource.pool:
            return set()
        around = [value for value in gc.get_objects() if type(value).__qualname__ == resource.pool]
        return {id(inner) for value in around for inner in getattr(value, "__dict__", {}).values() if isinstance(inner, (list, tuple, set, dict, deque))}

    # ------------------------------------------------------------- the child
    def _question(self, resources: list[Any], loop: Any) -> list[dict[str, Any]]:
        """An answer for each of these resources of one pool."""
        leases = [resource.lease for resource in resources]
        probing.drive(self.monitor.engine, loop, lambda: all(lease.ended for lease in leases))
        whys = [self._why_not_lost(resource, lease, ()) for resource, lease in zip(resources, leases, strict=True)]
        first = next((resource for resource, why in zip(resources, whys, strict=True) if not why), None)
        lent = self._exhaust(first, loop) if first is not None else ""
        return [self._told(resource, why or lent) for resource, why in zip(resources, whys, strict=True)]

    def _question_alone(self, resource: Any, held: list[Any], alone: Any) -> dict[str, Any]:
        return self._told(resource, self._why_not_lost(resource, resource.lease, held) or self._exhaust_alone(resource, alone))

    def _told(self, resource: Any, lent: str | list[Any]) -> dict[str, Any]:
        """lent: what the pool gave before it made somebody wait for ever, or why the resource is not lost."""
        if isinstance(lent, str):
            return {"lost": False, "why": lent}
        if any(value is resource.value for value in lent) or resource.lease.ended:
            return {"lost": False, "why": "lent again"}
        others = sum(1 for r in self.monitor.leases.known.values()
                     if r.owner is resource.owner and r is not resource and r.lease and not r.lease.ended and not any(r.value is v for v in lent))
        return {"lost": True, "lent": len(lent), "others": others}

    def _why_not_lost(self, resource: Any, lease: Any, held: Any) -> str:
        """held: what the threads hold that are not in this process any more."""
        if lease.ended or lease.given or resource.lease is not lease:
            return "came back"
        gc.collect()
        pool = resource.owner
        if lease.ended:
            return "reclaimed"
        if resource.value is None:
            return ""
        mates = {id(r.value) for r in self.monitor.leases.known.values() if r.pool == resource.pool and r is not resource
                 and (r.lease is None or r.lease.ended)}

        def registry(container: Any) -> bool:
            items = container.values() if isinstance(container, dict) else container
            return any(id(item) in mates for item in items)

        engine = self.monitor.engine
        mine = {id(pool), id(self.monitor), id(resource), id(self.monitor.leases), id(self.monitor.leases.known), id(engine), id(engine.book), *self._registers(resource)}
        apart = probing.frames_of_own_tasks(resource.pool, resource.kind, lease.actors)
        return "held" if probing.held_by_the_living(resource.value, mine, registry, held, apart) else ""

    def _exhaust_alone(self, resource: Any, alone: Any) -> str | list[Any]:
        """As `_exhaust`, by the one thread that is there."""
        pool = resource.owner
        acquire = pool.get if isinstance(pool, QUEUES) else getattr(pool, self._lending(resource), None)
        lent: list[Any] = []
        for _ in range(MOST_PROBES if acquire is not None else 0):
            alone.waited = False
            try:
                value = acquire()
                lent.append(value.__enter__() if hasattr(value, "__enter__") and not hasattr(value, "close") else value)
            except probing_threads.Waits:
                return lent
            except Exception as error:  # noqa: BLE001 - a pool refuses in its own words
                return lent if alone.waited else f"asking fails: {error!r}"
            if lent[-1] is resource.value or resource.lease.ended:
                return "lent again"
        return "the pool does not end"

    def _exhaust(self, resource: Any, loop: Any) -> str | list[Any]:
        """Acquire as its borrower did until one waits for ever -> what was lent, or why that cannot be told."""
        asked = self._asker(resource)
        if asked is None:
            return "no way to ask"
        got: list[Any] = []
        for _ in range(MOST_PROBES):
            task = loop.create_task(asked())
            got.append(task)
            if not probing.drive(self.monitor.engine, loop, task.done):
                return [t.result() for t in got[:-1]]
            if task.cancelled() or task.exception() is not None:
                return f"asking fails: {task.exception() if not task.cancelled() else 'cancelled'!r}"
        return "the pool does not end"

    def _asker(self, resource: Any) -> Any:
        """A coroutine function that acquires the way the borrower did."""
        pool = resource.owner
        if isinstance(pool, asyncio.Queue):
            return pool.get
        method = getattr(pool, self._lending(resource), None)
        if method is None:
            return None

        async def acquire() -> Any:
            value = method()
            if hasattr(value, "__aenter__") and not asyncio.iscoroutine(value):
                return await value.__aenter__()
            if hasattr(value, "__await__"):
                value = await value
            return value

        return acquire

    def _lending(self, resource: Any) -> str:
        """The name of the pool's method the borrower called."""
        mine = type(resource.owner).__qualname__
        names = [resource.lease.how, *(code.co_name for code, _ in resource.lease.acquired if code.co_qualname.rpartition(".")[0] == mine)]
        return str(names[-1])


def inside(book: dict[int, list[tuple[Any, sites.Stack]]], alive: set[int]) -> list[tuple[Any, int, sites.Stack]]:
    """Who of those actors waits in such a method of a pool: (pool, actor, from where it called)."""
    return [(calls[-1][0], actor, calls[-1][1]) for actor, calls in sorted(book.items()) if calls and actor in alive]
