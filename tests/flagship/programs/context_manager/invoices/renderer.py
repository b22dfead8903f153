"""Renders what is in the queue."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from .pool import Pool
from .server import Server


class Renderer:
    def __init__(self, server: Server, render: Callable[[str], Awaitable[str]]) -> None:
        self._server = server
        self._render = render
        self.pages: dict[str, str] = {}
        self.failed: list[str] = []

    async def render_all(self, *, clients: int, at_once: int) -> None:
        async with Pool(self._server, clients) as pool, asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(self._render_some(pool))

    async def _render_some(self, pool: Pool) -> None:
        while await self._render_one(pool):
            pass

    async def _render_one(self, pool: Pool) -> bool:
        async with pool.lease() as client:
            job = await client.fetch()
            if job is None:
                return False
            try:
                page = await self._render(job.invoice)
            except ValueError:
                self.failed.append(job.invoice)
                await job.nack()
                return True
        self.pages[job.invoice] = page
        await job.ack()
        return True
