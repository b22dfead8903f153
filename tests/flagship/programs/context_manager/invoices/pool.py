"""Clients of the queue server."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator

from .server import Server


class Client:
    def __init__(self, server: Server, number: int) -> None:
        self.number = number
        self._server = server
        self._lock = asyncio.Lock()

    def hello(self) -> None:
        """What the server holds for this client from before is void from here on."""
        self._server.hello(self.number)

    async def fetch(self) -> Job | None:
        fetched = await self._server.fetch(self.number)
        return Job(self, *fetched) if fetched else None

    async def mark(self, tag: int, state: str) -> None:
        async with self._lock:
            self._server.mark(self.number, tag, state)

    async def keep_alive(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            async with self._lock:
                await self._server.noop()


class Job:
    def __init__(self, client: Client, tag: int, invoice: str) -> None:
        self.invoice = invoice
        self._client = client
        self._tag = tag

    async def ack(self) -> None:
        await self._client.mark(self._tag, "done")

    async def nack(self) -> None:
        await self._client.mark(self._tag, "failed")


class Pool:
    def __init__(self, server: Server, size: int) -> None:
        self._clients = [Client(server, number) for number in range(size)]
        self._idle = deque(self._clients)
        self._changed = asyncio.Condition()
        self._keepalives: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Pool:
        self._keepalives = [asyncio.create_task(client.keep_alive()) for client in self._clients]
        return self

    async def __aexit__(self, *error: object) -> None:
        for task in self._keepalives:
            task.cancel()
        await asyncio.gather(*self._keepalives, return_exceptions=True)

    @contextlib.asynccontextmanager
    async def lease(self) -> AsyncIterator[Client]:
        async with self._changed:
            await self._changed.wait_for(lambda: self._idle)
            client = self._idle.popleft()
        client.hello()
        try:
            yield client
        finally:
            async with self._changed:
                self._idle.append(client)
                self._changed.notify()
