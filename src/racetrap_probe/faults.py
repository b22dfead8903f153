"""Faults nobody in the program makes: a caller that gives up, a reset connection, an error from an I/O call.

They strike only when asked for (`--inject`), so many times in a run (`--faults`), at turns of the loop drawn from (seed, index): early turns are as likely as all the
later ones of the next power of two together, so that short and long programs are both covered.  What struck is a fact of the schedule, `[turn, target, "fault: ..."]`;
a replay strikes again at the same turns.

cancel   a task the program's own code runs, at whatever it waits for (a caller that goes away, a framework's own deadline)
reset    a real connection: what it reads or writes next fails with ConnectionResetError, and the other end sees it closed
error    the next read from a real connection, or write to it, fails with an OSError (EIO) once
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import random
import socket
from typing import Any

from . import current, sites
from .schedule import CANCEL, ERROR, RESET

KINDS = {"cancel": CANCEL, "reset": RESET, "error": ERROR}
MOST_TURNS = 12
"""Turns up to 2 to that power are struck."""


class Faults:
    """The faults of one execution.

    kinds: names of KINDS.  count: how many may strike.
    """

    def __init__(self, kinds: list[str], count: int, seed: int, index: int) -> None:
        self.chance = random.Random(f"{seed}.{index}.faults")
        self.kinds = [KINDS[kind] for kind in kinds]
        self.turns = sorted(int(2 ** self.chance.uniform(0, MOST_TURNS)) for _ in range(count)) if index else []

    def turn(self, engine: Any, loop: Any) -> None:
        """Before a turn of the loop."""
        while self.turns and engine.turns >= self.turns[0]:
            struck = self._choose(engine, loop)
            if struck is None:
                return  # nothing there to be struck yet
            self.turns.pop(0)
            strike(engine, loop, *struck)

    def _choose(self, engine: Any, loop: Any) -> tuple[int, int] | None:
        kind = self.chance.choice(self.kinds)
        targets = sorted(tasks_of(loop)) if kind == CANCEL else engine.wire.in_use() if engine.wire is not None else []
        return (kind, self.chance.choice(targets)) if targets else None


class Recorded:
    """The faults a record says struck: [(turn, kind, target)]."""

    def __init__(self, facts: list[tuple[int, int, int]]) -> None:
        self.facts = list(facts)

    def turn(self, engine: Any, loop: Any) -> None:
        while self.facts and engine.turns >= self.facts[0][0]:
            _, kind, target = self.facts.pop(0)
            diverge = getattr(engine.strategy, "diverge", None)
            if not strike(engine, loop, kind, target) and diverge is not None:
                diverge(f"nothing there for the fault to strike at turn {engine.turns}")


def strike(engine: Any, loop: Any, kind: int, target: int) -> bool:
    """-> was it there?"""
    if kind == CANCEL:
        task = tasks_of(loop).get(target)
        if task is None:
            return False
        site, what = sites.user_site_of(task.get_coro()), f"{_name(task)} is cancelled"
        task.cancel()
    else:
        connection = engine.wire.numbered(target) if engine.wire is not None else None
        if connection is None:
            return False
        site, what = connection.site, "connection reset" if kind == RESET else "error from a read or write"
        if kind == RESET:
            hang_up(connection.fd)
        engine.wire.breaks(connection, OSError(errno.EIO, "input/output error") if kind == ERROR else
                           ConnectionResetError(errno.ECONNRESET, "connection reset by peer"), for_good=kind == RESET)
    engine.struck(kind, target, site, what)
    return True


def tasks_of(loop: Any) -> dict[int, Any]:
    """Tasks that run the program's own code, by number: not the one the loop runs for, nor one it shields from those who wait for it."""
    main = current.engine.main if current.engine is not None else None
    return {task.racetrap_number: task for task in asyncio.all_tasks(loop)  # type: ignore[attr-defined]
            if getattr(task, "racetrap_number", 0) and task is not main and _is_user_code(task) and not _is_shielded(task)}


def _is_shielded(task: Any) -> bool:
    """Does the program say that whoever waits for it may leave, and it shall go on?"""
    return any("shield.<locals>" in getattr(entry[0], "__qualname__", "") for entry in task._callbacks or ())


def _is_user_code(task: Any) -> bool:
    code = getattr(task.get_coro(), "cr_code", None)
    return code is not None and sites.is_user_code(code)


def _name(task: Any) -> str:
    return str(getattr(task.get_coro(), "__qualname__", "a task"))


def hang_up(fd: int) -> None:
    """The other end of a socket sees it closed."""
    with contextlib.suppress(OSError), socket.socket(fileno=os.dup(fd)) as sock:
        sock.shutdown(socket.SHUT_RDWR)
