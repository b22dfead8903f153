"""Connections, the deliveries that come over them, and the pool that lends them out."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass

from .broker import Broker


@dataclass
class Delivery:
    connection: Connection
    tag: int
    alert: str

    async def ack(self) -> None:
        await self.connection.settle(self.tag, accepted=True)

    async def nack(self) -> None:
        await self.connection.settle(self.tag, accepted=False)


class Connection:
    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._session = broker.open_session()
        self._tag = 0
        self._write_lock = asyncio.Lock()
        self._keepalive = asyncio.create_task(self._ping_every(1.0))

    def reset(self) -> None:
        self._broker.end_session(self._session)
        self._session = self._broker.open_session()

    async def receive(self) -> Delivery | None:
        self._tag += 1
        tag = self._tag
        alert = await self._broker.take(self._session, tag)
        return None if alert is None else Delivery(self, tag, alert)

    async def settle(self, tag: int, accepted: bool) -> None:
        async with self._write_lock:
            self._broker.settle(self._session, tag, accepted)

    async def _ping_every(self, seconds: float) -> None:
        while True:
            await asyncio.sleep(seconds)
            async with self._write_lock:
                await self._broker.ping()

    async def close(self) -> None:
        self._keepalive.cancel()
        await asyncio.gather(self._keepalive, return_exceptions=True)


class Pool:
    """Lends the connection that has rested longest."""

    def __init__(self, broker: Broker, size: int) -> None:
        self._all = [Connection(broker) for _ in range(size)]
        self._idle = deque(self._all)
        self._free = asyncio.Semaphore(size)

    async def acquire(self) -> Connection:
        await self._free.acquire()
        connection = self._idle.popleft()
        connection.reset()
        return connection

    def release(self, connection: Connection) -> None:
        self._idle.append(connection)
        self._free.release()

    async def close(self) -> None:
        for connection in self._all:
            await connection.close()
