"""A number of workers that empty the queue."""

from __future__ import annotations

import asyncio
import logging

from .broker import Broker
from .metrics import Metrics
from .pool import ConnectionPool
from .processor import Handler, Processor

log = logging.getLogger(__name__)


class Consumer:
    """Owns the pool and its workers; `async with` opens and closes it."""

    def __init__(self, broker: Broker, handler: Handler, *, connections: int = 5, workers: int = 8) -> None:
        self.metrics = Metrics()
        self.pool = ConnectionPool(broker, connections)
        self._processor = Processor(self.pool, handler, self.metrics)
        self._workers = workers

    async def __aenter__(self) -> Consumer:
        await self.pool.open()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.pool.close()

    async def drain(self) -> None:
        """Work until the queue is empty."""
        async with asyncio.TaskGroup() as group:
            for _ in range(self._workers):
                group.create_task(self._work())

    async def _work(self) -> None:
        more = True
        while more:
            try:
                more = await self._processor.process_next()
            except Exception as error:
                log.info("message rejected: %s", error)
