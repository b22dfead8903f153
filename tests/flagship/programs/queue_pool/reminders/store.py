"""The store of due reminders, embedded, and a connection to it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable


class Store:
    def __init__(self, due: Iterable[str]) -> None:
        self.due = deque(due)
        self.sent: list[str] = []
        self.undeliverable: list[str] = []

    async def pop(self) -> str | None:
        await asyncio.sleep(0.001)
        return self.due.popleft() if self.due else None

    async def ping(self) -> None:
        await asyncio.sleep(0.001)


class Connection:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._unacked: dict[int, str] = {}
        self._tag = 0
        self._lock = asyncio.Lock()
        self._pinger = asyncio.create_task(self._ping())

    def reset(self) -> None:
        self._unacked = {}

    async def next(self) -> tuple[int, str] | None:
        reminder = await self._store.pop()
        if reminder is None:
            return None
        self._tag += 1
        self._unacked[self._tag] = reminder
        return self._tag, reminder

    async def ack(self, tag: int) -> None:
        async with self._lock:
            if reminder := self._unacked.pop(tag, None):
                self._store.sent.append(reminder)

    async def nack(self, tag: int) -> None:
        async with self._lock:
            if reminder := self._unacked.pop(tag, None):
                self._store.undeliverable.append(reminder)

    async def _ping(self) -> None:
        while True:
            await asyncio.sleep(1)
            async with self._lock:
                await self._store.ping()

    async def close(self) -> None:
        self._pinger.cancel()
        await asyncio.wait([self._pinger])
