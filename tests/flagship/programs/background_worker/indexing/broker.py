"""The broker of changed documents, embedded."""

from __future__ import annotations

import asyncio
from collections import deque


class Broker:
    LATENCY = 0.001

    def __init__(self) -> None:
        self._ready: deque[str] = deque()
        self._changed = asyncio.Condition()
        self._closed = False
        self._unacked: dict[int, dict[int, str]] = {}
        self._deliveries = 0
        self.acked: list[str] = []
        self.dead: list[str] = []

    async def publish(self, document: str) -> None:
        async with self._changed:
            self._ready.append(document)
            self._changed.notify()

    async def close(self) -> None:
        """Nothing is published any more; what is there is still handed out."""
        async with self._changed:
            self._closed = True
            self._changed.notify_all()

    async def wait_ready(self) -> bool:
        """Wait for documents -> False when the broker is closed and empty."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._ready or self._closed)
            return bool(self._ready)

    def attach(self, session: int) -> None:
        self._unacked[session] = {}

    def detach(self, session: int) -> None:
        self._unacked.pop(session, None)

    async def deliver(self, session: int) -> tuple[int, str] | None:
        await asyncio.sleep(self.LATENCY)
        if not self._ready:
            return None
        self._deliveries += 1
        document = self._unacked[session][self._deliveries] = self._ready.popleft()
        return self._deliveries, document

    async def settle(self, session: int, delivery: int, to: list[str]) -> None:
        unacked = self._unacked.get(session, {})
        if delivery in unacked:
            to.append(unacked.pop(delivery))
            await asyncio.sleep(self.LATENCY)

    async def ping(self) -> None:
        await asyncio.sleep(self.LATENCY)
