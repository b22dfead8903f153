"""Connections and their pool."""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from dataclasses import dataclass

from .broker import Broker

_sessions = itertools.count(1)


@dataclass(frozen=True)
class Change:
    connection: Connection
    delivery: int
    document: str

    async def ack(self) -> None:
        await self.connection.settle(self.delivery, self.connection.broker.acked)

    async def nack(self) -> None:
        await self.connection.settle(self.delivery, self.connection.broker.dead)


class Connection:
    def __init__(self, broker: Broker) -> None:
        self.broker = broker
        self._session = 0
        self._lock = asyncio.Lock()
        self._heartbeat: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._heartbeat = asyncio.create_task(self._beat())

    async def stop(self) -> None:
        if self._heartbeat is not None:
            self._heartbeat.cancel()
            await asyncio.wait([self._heartbeat])

    def renew(self) -> None:
        self.broker.detach(self._session)
        self._session = next(_sessions)
        self.broker.attach(self._session)

    async def receive(self) -> Change | None:
        delivered = await self.broker.deliver(self._session)
        return None if delivered is None else Change(self, *delivered)

    async def settle(self, delivery: int, to: list[str]) -> None:
        async with self._lock:
            await self.broker.settle(self._session, delivery, to)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            async with self._lock:
                await self.broker.ping()


class Pool:
    def __init__(self, broker: Broker, size: int) -> None:
        self._connections = [Connection(broker) for _ in range(size)]
        self._idle = deque(self._connections)
        self._slots = asyncio.Semaphore(size)

    def start(self) -> None:
        for connection in self._connections:
            connection.start()

    async def stop(self) -> None:
        for connection in self._connections:
            await connection.stop()

    async def acquire(self) -> Connection:
        await self._slots.acquire()
        connection = self._idle.popleft()
        connection.renew()
        return connection

    def release(self, connection: Connection) -> None:
        self._idle.append(connection)
        self._slots.release()
