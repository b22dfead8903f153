"""A bounded pool of connections, first in, first out, so that all of them see traffic."""

from __future__ import annotations

import asyncio
from collections import deque

from .broker import Broker
from .connection import Connection


class ConnectionPool:
    def __init__(self, broker: Broker, size: int) -> None:
        self._connections = [Connection(broker, number) for number in range(size)]
        self._idle: deque[Connection] = deque(self._connections)
        self._returned = asyncio.Condition()

    @property
    def idle(self) -> int:
        return len(self._idle)

    async def open(self) -> None:
        for connection in self._connections:
            await connection.open()

    async def acquire(self) -> Connection:
        """A connection with a fresh session; waits until one is free."""
        async with self._returned:
            await self._returned.wait_for(lambda: self._idle)
            connection = self._idle.popleft()
        connection.begin_session()
        return connection

    async def release(self, connection: Connection) -> None:
        async with self._returned:
            self._idle.append(connection)
            self._returned.notify()

    async def close(self) -> None:
        for connection in self._connections:
            await connection.close()
