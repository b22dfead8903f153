"""The queue server, embedded."""

from __future__ import annotations

import asyncio


class Server:
    def __init__(self) -> None:
        self.queue: list[str] = []
        self.log: list[tuple[str, str]] = []
        self._pending: dict[int, dict[int, str]] = {}
        self._count = 0

    def enqueue(self, *invoices: str) -> None:
        self.queue.extend(invoices)

    def hello(self, client: int) -> None:
        self._pending[client] = {}

    async def fetch(self, client: int) -> tuple[int, str] | None:
        await asyncio.sleep(0.001)
        if not self.queue:
            return None
        self._count += 1
        self._pending[client][self._count] = self.queue.pop(0)
        return self._count, self._pending[client][self._count]

    def mark(self, client: int, tag: int, state: str) -> None:
        invoice = self._pending[client].pop(tag, None)
        if invoice is not None:
            self.log.append((invoice, state))

    async def noop(self) -> None:
        await asyncio.sleep(0.001)
