# expects: ATOM001 Batcher.flush
"""What is added while a batch is being written is cleared with it."""

import asyncio


class Batcher:
    def __init__(self):
        self.items = []
        self.written = []

    def add(self, item):
        self.items.append(item)

    async def flush(self):
        batch = list(self.items)
        await self.store(batch)
        self.items.clear()

    async def store(self, batch):
        await asyncio.sleep(0.01)
        self.written.extend(batch)


async def main():
    batcher = Batcher()

    async def producer(n):
        for k in range(3):
            await asyncio.sleep(0.02 * (n + 1) + 0.1 * k)
            batcher.add((n, k))

    async def ticker():
        for _ in range(4):
            await asyncio.sleep(0.15)
            await batcher.flush()

    await asyncio.gather(ticker(), producer(0), producer(1))


asyncio.run(main())
