"""Background workers that index documents as they change."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from .broker import Broker
from .pool import Pool


class Indexer:
    def __init__(
        self, broker: Broker, index: Callable[[str], Awaitable[None]], *, connections: int = 3, workers: int = 4
    ) -> None:
        self._broker = broker
        self._index = index
        self._pool = Pool(broker, connections)
        self._count = workers
        self._workers: list[asyncio.Task[None]] = []
        self.indexed = 0
        self.skipped = 0

    def start(self) -> None:
        self._pool.start()
        self._workers = [asyncio.create_task(self._work(), name=f"indexer-{n}") for n in range(self._count)]

    async def stop(self) -> None:
        """Index what is still queued, then end the workers."""
        await self._broker.close()
        await asyncio.gather(*self._workers)
        await self._pool.stop()

    async def _work(self) -> None:
        while await self._broker.wait_ready():
            await self._handle_next()

    async def _handle_next(self) -> None:
        connection = await self._pool.acquire()
        change = await connection.receive()
        if change is None:
            self._pool.release(connection)
            return
        try:
            await self._index(change.document)
            self.indexed += 1
            self._pool.release(connection)
            await change.ack()
        except UnicodeError:
            self.skipped += 1
            await change.nack()
