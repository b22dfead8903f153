"""Closed pools: what still lives in one.

## What it does
POOL008 reports a resource that stands idle in a library's pool after the pool was closed, and is open.

## Why is this bad?
Nobody will close it any more: the server keeps a connection for a program that has done with it, until the process ends.

## Example
    def add(self, conn):              # a worker that was still connecting
        with self.lock:
            self.idle.append(conn)    # close() has emptied the pool and returned, or does not look again

## Use instead
    def add(self, conn):
        with self.lock:
            if not self.closed:
                self.idle.append(conn)
                return
        conn.close()

## Certain when
The pool's closing method has returned, the main thread's own code or the main coroutine is over, and the resource says of itself that it is open; the classes, the
method and what the resource says are data of the library (roles/).
"""

from __future__ import annotations

import dis
from typing import Any

from .. import classes, learn, sites

CODES = {"POOL008": "a resource is open in a pool that was closed"}

_PUTS = ("append", "appendleft", "add", "put", "put_nowait")


class Closed:
    def __init__(self, monitor: Any) -> None:
        self.monitor = monitor
        self.pools: dict[int, tuple[Any, Any, Any]] = {}
        """By id: (pool, its closing method, where it was called)."""

    def on_closed(self, pool: Any, method: str, site: Any) -> None:
        self.pools.setdefault(id(pool), (pool, method, site))

    def on_main_end(self, loop: Any) -> None:
        self._look()

    def on_threads_end(self, world: Any) -> None:
        self._look()

    def _look(self) -> None:
        roles = self.monitor.roles
        if self.monitor.recorder is not None:
            return
        for pool, method, site in self.pools.values():
            name = classes.name_of(type(pool))
            for item in learn.idle_in(pool, roles.pools.get(name, {}).get("home", ())):
                says = roles.resources.get(classes.name_of(type(item)), {}).get("closed", ())
                if says and not any(getattr(item, attribute, False) for attribute in says):
                    self._tell(pool, method, site, item)
                    break

    def _tell(self, pool: Any, method: str, site: Any, item: Any) -> None:
        kind, of_pool = type(item).__name__, getattr(type(pool), method)
        code = getattr(of_pool, "racetrap_wraps", of_pool).__code__
        where = [sites.as_site(code, code.co_firstlineno, "closed the pool, and it came afterwards")]
        if site is not None:
            where.append(sites.as_site(site[0], site[1], "closed the pool"))
        role = self.monitor.roles.pools.get(classes.name_of(type(pool)), {})
        puts = [(code, line) for code, line in _puts(type(pool), role.get("home", ())) if code.co_name not in role.get("return", ())]
        if len(puts) == 1:
            where.append(sites.as_site(*puts[0], "put into it"))
        self.monitor.report(
            "POOL008", f"{kind} is open in a {type(pool).__name__} that was closed", key=f"{kind}:{where[0]['path']}:{where[0]['function']}",
            resource=kind, sites=where, detail=["it came into the pool when close() had emptied it, and nobody closes it any more"])


def _puts(cls: type, home: Any) -> list[tuple[Any, int]]:
    """Where methods of a class put something into one of these attributes: (code, line)."""
    found: dict[Any, int] = {}
    for of in cls.__mro__:
        for method in vars(of).values():
            code = getattr(getattr(method, "racetrap_wraps", method), "__code__", None)
            if code is None:
                continue
            before = ""
            for step in dis.get_instructions(code):
                if before in home and step.argval in _PUTS and step.positions is not None:
                    found.setdefault(code, step.positions.lineno or code.co_firstlineno)
                before = step.argval if isinstance(step.argval, str) else ""
    return list(found.items())
