"""Takes one message after the other through the handler."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from .metrics import Metrics
from .pool import ConnectionPool

Handler = Callable[[str], Awaitable[None]]


class Processor:
    def __init__(self, pool: ConnectionPool, handler: Handler, metrics: Metrics) -> None:
        self._pool = pool
        self._handler = handler
        self._metrics = metrics

    async def process_next(self) -> bool:
        """Handle the next message -> False when the queue is empty.

        A message its handler cannot deal with is nacked, and the handler's exception is raised.
        """
        connection = await self._pool.acquire()
        message = await connection.receive()
        if message is None:
            await self._pool.release(connection)
            return False
        try:
            await self._handler(message.body)
            self._metrics.processed += 1
            await self._pool.release(connection)
            await message.ack()
            self._metrics.acknowledged += 1
        except Exception:
            self._metrics.failed += 1
            await message.nack()
            raise
        return True
