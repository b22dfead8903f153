"""Requests and answers on asyncio streams that belong to a pooled resource.

A resource that is, or holds, a StreamReader and a StreamWriter tells by itself what it is asked: a lease wrote, waited for an answer in a read, and that read was
cancelled.  The answer is then still to come, and the first bytes that a later borrower reads are it, unless the connection was closed or the rest was read by the pool
before.  A borrower that knows its own answer (by a number, say) reads on; one that reads as often as is usual after such a request has taken the other's answer for its own.
What a server says unasked is nobody's answer: only a lease that wrote can leave one behind.
"""

from __future__ import annotations

import asyncio
import functools
from typing import Any

from . import current, loop, sites

_READS = ("read", "readline", "readuntil", "readexactly")


class Exchange:
    """What is known of the stream of one resource."""

    __slots__ = ("cut", "reads", "resource", "stale", "wrote")

    def __init__(self, resource: Any) -> None:
        self.resource = resource
        self.wrote: tuple[Any, sites.Stack] | None = None
        """(lease, from where) of the last request."""
        self.cut: tuple[Any, sites.Stack] | None = None
        """The request whose answer nobody has read."""
        self.reads = 0
        """Since the last request."""
        self.stale: tuple[Any, Any, sites.Stack, sites.Stack] | None = None
        """(earlier lease, lease, request, read) of an answer that was read in another lease."""


class Streams:
    """The streams of the resources of one execution."""

    def __init__(self, monitor: Any) -> None:
        self.monitor = monitor
        self.known: dict[int, tuple[Any, Exchange]] = {}
        """By its id: each reader and writer, and its exchange."""
        self.usual: dict[Any, set[int]] = {}
        """How many reads followed a request sent from there, in leases that nobody cut short."""

    def watch(self, resource: Any) -> None:
        """A lease of this resource begins: which streams has it?"""
        value = resource.value
        exchange = None
        for part in value if isinstance(value, (tuple, list)) else (value, *getattr(value, "__dict__", {}).values()):
            if isinstance(part, (asyncio.StreamReader, asyncio.StreamWriter)) and id(part) not in self.known:
                exchange = exchange or Exchange(resource)
                self.known[id(part)] = part, exchange

    def _exchange(self, stream: Any) -> Exchange | None:
        """Its exchange, if it is a borrower's business."""
        exchange = self.known[id(stream)][1] if id(stream) in self.known else None
        if exchange is not None and self.monitor.leases.inside.get(loop.task_number(), 0):
            exchange.cut = None  # the pool looks after it
            return None
        return exchange

    def wrote(self, writer: Any) -> None:
        exchange = self._exchange(writer)
        if exchange is not None:
            exchange.wrote = exchange.resource.last.get(loop.task_number()), sites.stack(3)
            exchange.reads = 0

    def was_read(self, reader: Any, got: Any) -> None:
        exchange = self._exchange(reader)
        if exchange is None or not got:
            return
        exchange.reads += 1
        cut, exchange.cut = exchange.cut, None
        mine = exchange.resource.last.get(loop.task_number())
        if cut is None or mine is None or mine.ended or exchange.wrote is None:
            return
        earlier, sent = cut
        if earlier is not mine and earlier.ended and earlier.actor != mine.actor and exchange.wrote[0] is mine:
            exchange.stale = earlier, mine, sent, sites.stack(3)

    def released(self, resource: Any, lease: Any) -> None:
        """A lease ends: did its borrower read as many answers as it sent requests?"""
        for _, exchange in self.known.values():
            if exchange.resource is not resource or exchange.wrote is None or exchange.wrote[0] is not lease:
                continue
            stale, exchange.stale = exchange.stale, None
            usual = self.usual.setdefault(exchange.wrote[1][:1], set())
            if stale is None and exchange.cut is None:
                usual.add(exchange.reads)
            elif stale is not None and exchange.cut is None and exchange.reads in usual:
                exchange.cut = exchange.wrote  # its own answer is still to come
                self.monitor.stale_answer(resource, *stale)
            return

    def was_cut(self, reader: Any) -> None:
        exchange = self._exchange(reader)
        mine = exchange.resource.last.get(loop.task_number()) if exchange is not None else None
        if exchange is not None and mine is not None and exchange.wrote is not None and exchange.wrote[0] is mine:
            exchange.cut = exchange.wrote


def _monitor() -> Any:
    engine = current.engine
    return engine.monitor if engine is not None else None


def _reads(stock: Any) -> Any:
    @functools.wraps(stock)
    async def read(self: Any, *args: Any, **kw: Any) -> Any:
        monitor = _monitor()
        if monitor is None:
            return await stock(self, *args, **kw)
        is_known = id(self) in monitor.streams.known
        try:
            got = await stock(self, *args, **kw)
        except asyncio.CancelledError:
            if is_known:
                monitor.streams.was_cut(self)
            raise
        if got and self._transport is not None:
            monitor.interleaved.was_read(self._transport, loop.task_number())
        if is_known:
            monitor.streams.was_read(self, got)
        return got
    return read


def _writes(stock: Any) -> Any:
    @functools.wraps(stock)
    def write(self: Any, *args: Any, **kw: Any) -> Any:
        monitor = _monitor()
        if monitor is not None:
            monitor.interleaved.wrote(self.transport, loop.task_number())
            if id(self) in monitor.streams.known:
                monitor.streams.wrote(self)
        return stock(self, *args, **kw)
    return write


def install() -> None:
    """Patch the methods of asyncio's streams, once per process."""
    reader: Any = asyncio.StreamReader
    writer: Any = asyncio.StreamWriter
    for name in _READS:
        setattr(reader, name, _reads(getattr(reader, name)))
    for name in ("write", "writelines"):
        setattr(writer, name, _writes(getattr(writer, name)))
