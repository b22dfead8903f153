"""Exactly-once hand-over through futures; a waiter that gave up is skipped."""

import asyncio
from collections import deque


class Exchange:
    def __init__(self) -> None:
        self.items: deque[int] = deque()
        self.waiters: deque[asyncio.Future[None]] = deque()

    def put(self, item: int) -> None:
        self.items.append(item)
        self._wake()

    def _wake(self) -> None:
        while self.waiters:
            waiter = self.waiters.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return

    async def get(self) -> int:
        while not self.items:
            waiter = asyncio.get_running_loop().create_future()
            self.waiters.append(waiter)
            try:
                await waiter
            except asyncio.CancelledError:
                if waiter.done() and not waiter.cancelled():
                    self._wake()
                raise
        return self.items.popleft()


async def main() -> None:
    exchange = Exchange()
    got: list[int] = []

    async def consumer() -> None:
        while len(got) < 6:
            try:
                async with asyncio.timeout(0.2):
                    got.append(await exchange.get())
            except TimeoutError:
                pass

    async def producer() -> None:
        for item in range(6):
            await asyncio.sleep(0.05)
            exchange.put(item)

    await asyncio.gather(consumer(), consumer(), producer())
    assert sorted(got) == list(range(6))


asyncio.run(main())
