"""Links to the broker, and the pool of them."""

from __future__ import annotations

import asyncio
from collections import deque

from .broker import Broker


class Request:
    def __init__(self, link: Link, number: int, name: str) -> None:
        self.link = link
        self.number = number
        self.name = name

    async def ack(self) -> None:
        await self.link.write(self.number, good=True)

    async def nack(self) -> None:
        await self.link.write(self.number, good=False)


class Link:
    def __init__(self, broker: Broker, name: str) -> None:
        self.name = name
        self._broker = broker
        self._epoch = 0
        self._number = 0
        self._lock = asyncio.Lock()

    def new_epoch(self) -> None:
        """Numbers start again with every borrower; tickets carry the epoch so that they stay unique."""
        self._epoch += 1
        self._number = 0

    async def read(self) -> Request | None:
        self._number += 1
        name = await self._broker.next_request(self._ticket(self._number))
        return None if name is None else Request(self, self._number, name)

    async def write(self, number: int, good: bool) -> None:
        async with self._lock:
            self._broker.close_request(self._ticket(number), good)

    def _ticket(self, number: int) -> str:
        return f"{self.name}/{self._epoch}/{number}"

    async def keepalive(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            async with self._lock:
                await self._broker.ping()


class LinkPool:
    def __init__(self, broker: Broker, size: int) -> None:
        self._links = [Link(broker, f"link-{number}") for number in range(size)]
        self._idle = deque(self._links)
        self._condition = asyncio.Condition()
        self._keepalives = [asyncio.create_task(link.keepalive()) for link in self._links]

    async def get(self) -> Link:
        async with self._condition:
            await self._condition.wait_for(lambda: len(self._idle) > 0)
            link = self._idle.popleft()
        link.new_epoch()
        return link

    async def put(self, link: Link) -> None:
        async with self._condition:
            self._idle.append(link)
            self._condition.notify()

    async def close(self) -> None:
        for task in self._keepalives:
            task.cancel()
        await asyncio.gather(*self._keepalives, return_exceptions=True)
