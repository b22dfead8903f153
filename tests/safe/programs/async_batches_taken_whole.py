"""Batches that are swapped, cut off, or held under a lock; tasks and cached answers that are dropped."""

import asyncio


class Service:
    def __init__(self):
        self.swapped, self.cut, self.locked, self.kept = [], [], [], []
        self.tasks = []
        self.cache = {}
        self.lock = asyncio.Lock()
        self.done = []

    async def add(self, item):
        self.swapped.append(item)
        self.cut.append(item)
        self.kept.append(item)
        async with self.lock:
            self.locked.append(item)
        self.tasks.append(asyncio.create_task(self.send([])))

    async def send(self, batch):
        await asyncio.sleep(0.01)
        self.done.extend(batch)

    async def flush(self):
        batch, self.swapped = self.swapped, []
        await self.send(batch)
        batch = list(self.cut)
        del self.cut[: len(batch)]
        await self.send(batch)
        async with self.lock:
            await self.send(list(self.locked))
            self.locked.clear()
        while self.kept:
            await self.send([self.kept.pop(0)])
        tasks = list(self.tasks)
        await asyncio.gather(*tasks)
        self.tasks.clear()

    async def answer(self, key):
        known = self.cache.get(key)
        if known is not None:
            return known
        await asyncio.sleep(0.005)
        self.cache[key] = [key]
        return self.cache[key]

    async def expire(self, key):
        known = self.cache.get(key)
        if known is not None:
            await asyncio.sleep(0.005)
            self.cache.pop(key, None)


async def main():
    service = Service()

    async def producer(n):
        for k in range(2):
            await asyncio.sleep(0.02 * (n + 1) + 0.1 * k)
            await service.add((n, k))
            await service.answer("x")

    async def ticker():
        for _ in range(3):
            await asyncio.sleep(0.08)
            await service.flush()
            await service.expire("x")

    await asyncio.gather(ticker(), producer(0), producer(1))
    await service.flush()
    assert sorted(service.done) == sorted([(0, 0), (0, 1), (1, 0), (1, 1)] * 4)


asyncio.run(main())
