"""Takes reminders from the store and sends them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from .store import Connection, Store

Connections = asyncio.Queue[Connection]
Send = Callable[[str], Awaitable[None]]


@dataclass
class Totals:
    sent: int = 0
    bounced: int = 0


def connect(store: Store, size: int) -> Connections:
    """Open `size` connections; whoever takes one puts it back."""
    connections: Connections = asyncio.Queue(size)
    for _ in range(size):
        connections.put_nowait(Connection(store))
    return connections


async def disconnect(connections: Connections) -> None:
    while not connections.empty():
        await connections.get_nowait().close()


async def remind(connections: Connections, send: Send, *, workers: int) -> Totals:
    """Send all that is due."""
    totals = Totals()
    async with asyncio.TaskGroup() as group:
        for _ in range(workers):
            group.create_task(_work(connections, send, totals))
    return totals


async def _work(connections: Connections, send: Send, totals: Totals) -> None:
    while await _send_next(connections, send, totals):
        pass


async def _send_next(connections: Connections, send: Send, totals: Totals) -> bool:
    connection = await connections.get()
    connection.reset()
    item = await connection.next()
    if item is None:
        await connections.put(connection)
        return False
    tag, reminder = item
    try:
        await send(reminder)
        totals.sent += 1
        await connections.put(connection)
        await connection.ack(tag)
    except ConnectionRefusedError:
        totals.bounced += 1
        await connection.nack(tag)
    return True
