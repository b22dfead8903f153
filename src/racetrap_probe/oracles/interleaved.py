"""POOL: two exchanges at once on one connection.

## What it does
POOL009 reports a connection on which one task or thread sent its request, then another sent its own and read first, and then the first read too: whoever read first was given what the
other had asked for, if the other end answers in order.  Streams of asyncio, and sockets that threads wait for.

## Why is this bad?
One user is shown another's reply; or one reads the head of an answer and somebody else its body.

## Example
    class Client:                                  # one connection, asked by several tasks
        async def ask(self, request):
            self.writer.write(request)
            await self.writer.drain()
            return await self.reader.readline()

## Use instead
    async with self.lock:                          # one exchange at a time
        self.writer.write(request)
        ...
or a pool; or one task that reads everything and hands answers on by their number.

## Certain when
Never: it is a note.  A server may answer in another order, who reads may hand the answer to whom it belongs, and who asks may take any answer (workers that ask for the next job).  Requests sent
ahead by one task (pipelining), and answers read in the order of their requests, are none.
"""

from __future__ import annotations

import weakref
from typing import Any

from .. import sites
from ..schedule import name_of
from .pool import in_users_code, site_of

CODES = {"POOL009": "two exchanges were interleaved on one connection"}


class _Exchange:
    """What one actor asked and has not asked anew since."""

    __slots__ = ("actor", "overtaken", "read", "sent")

    def __init__(self, actor: int, sent: sites.Stack) -> None:
        self.actor = actor
        self.sent = sent
        self.read = False
        self.overtaken: tuple[_Exchange, sites.Stack] | None = None
        """Who asked later and read since, and where."""


class Interleaved:
    def __init__(self, monitor: Any) -> None:
        self.monitor = monitor
        self.open: weakref.WeakKeyDictionary[Any, list[_Exchange]] = weakref.WeakKeyDictionary()
        """By connection: the exchanges under way, in the order of their requests."""

    def wrote(self, connection: Any, actor: int) -> None:
        """A request was sent, or a part of one."""
        exchanges = self.open.setdefault(connection, [])
        mine = next((e for e in exchanges if e.actor == actor), None)
        if mine is not None:
            if not mine.read and mine.overtaken is None:
                return  # one request in parts, or several ahead
            exchanges.remove(mine)
        exchanges.append(_Exchange(actor, sites.stack(2)))

    def was_read(self, connection: Any, actor: int) -> None:
        """Something that came was read."""
        exchanges = self.open.get(connection)
        if exchanges is None or (len(exchanges) == 1 and exchanges[0].overtaken is None):
            for mine in exchanges or ():
                mine.read = mine.read or mine.actor == actor
            return
        mine = next((e for e in exchanges if e.actor == actor), None)
        if mine is None:
            del self.open[connection]  # somebody who did not ask reads for all
            return
        stack = sites.stack(2)
        if mine.overtaken is not None:
            self._tell(mine, stack)
            mine.overtaken = None
        mine.read = True
        for before in exchanges[: exchanges.index(mine)]:
            if before.overtaken is None:
                before.overtaken = mine, stack

    def _tell(self, mine: _Exchange, read: sites.Stack) -> None:
        other, theirs = mine.overtaken  # type: ignore[misc]
        places = [(mine.sent, "sent first"), (other.sent, "sent afterwards"), (theirs, "read first"), (read, "read afterwards")]
        where = [site_of(in_users_code(stack) or (stack[0] if stack else None), f"{role}, by {name_of(by.actor)}")
                 for (stack, role), by in zip(places, (mine, other, other, mine), strict=True)]
        how = "an answer was read in parts, and another task read between them" if mine.read else "answers were read in another order than their requests were sent in"
        self.monitor.report(
            "POOL009", f"two exchanges at once on one connection: {how}", certain=False,
            key=",".join(sorted({f"{s['path']}:{s['line']}" for s in where})), sites=where,
            detail=[f"{self.monitor.who(mine.actor)} asked before {self.monitor.who(other.actor)} did, and {self.monitor.who(other.actor)} read before {self.monitor.who(mine.actor)} had read all of its answer"])
