"""Runs exports one after the other in each of its workers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from .broker import Broker
from .link import Link, LinkPool, Request

log = logging.getLogger(__name__)


class Runner:
    def __init__(self, broker: Broker, export: Callable[[str], Awaitable[int]], links: int) -> None:
        self._pool = LinkPool(broker, links)
        self._export = export
        self.rows: dict[str, int] = {}
        self.failures: dict[str, str] = {}

    async def run(self, workers: int) -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(workers):
                group.create_task(self._worker())

    async def close(self) -> None:
        await self._pool.close()

    async def _worker(self) -> None:
        while True:
            link = await self._pool.get()
            request = await link.read()
            if request is None:
                await self._give_back(link)
                return
            try:
                self.rows[request.name] = await self._export(request.name)
            except RuntimeError as error:
                await self._failed(request, error)
            else:
                await self._succeeded(request)

    async def _succeeded(self, request: Request) -> None:
        await self._leave(request)
        await self._confirm(request)

    async def _failed(self, request: Request, error: Exception) -> None:
        log.info("export %s failed: %s", request.name, error)
        self.failures[request.name] = str(error)
        await request.nack()

    async def _leave(self, request: Request) -> None:
        log.debug("%s is done with %s", request.link.name, request.name)
        await self._give_back(request.link)

    async def _give_back(self, link: Link) -> None:
        await self._pool.put(link)

    async def _confirm(self, request: Request) -> None:
        await request.ack()
        log.debug("%s confirmed", request.name)
