"""The service: workers that page somebody for each alert."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

from .broker import Broker
from .connection import Pool


class Service:
    def __init__(self, broker: Broker, page: Callable[[str], Awaitable[None]], size: int = 3) -> None:
        self._broker = broker
        self._page = page
        self._size = size
        self.counts: Counter[str] = Counter()

    async def run(self, workers: int) -> None:
        """Page until no alert is left."""
        pool = Pool(self._broker, self._size)
        try:
            await asyncio.gather(*(self._work(pool) for _ in range(workers)))
        finally:
            await pool.close()

    async def _work(self, pool: Pool) -> None:
        while await self._next(pool):
            pass

    async def _next(self, pool: Pool) -> bool:
        connection = await pool.acquire()
        try:
            delivery = await connection.receive()
            if delivery is None:
                return False
            try:
                await self._page(delivery.alert)
            except ValueError:
                self.counts["rejected"] += 1
                await delivery.nack()
            else:
                self.counts["paged"] += 1
                await delivery.ack()
        finally:
            pool.release(connection)
        return True
