"""Correct: harmless read-only method after release (metrics), worker id logging."""

import asyncio


class Conn:
    def __init__(self, i):
        self.i = i
        self.n = 0

    async def q(self, x):
        await asyncio.sleep(0.002)
        self.n += 1
        return x

    def name(self):
        return f"conn-{self.i}"

    def describe(self):
        return {"id": self.i}


class Pool:
    def __init__(self, n):
        self.free = asyncio.Queue()
        [self.free.put_nowait(Conn(i)) for i in range(n)]

    async def acquire(self):
        return await self.free.get()

    def release(self, c):
        self.free.put_nowait(c)


async def user(p, i, log):
    for n in range(3):
        c = await p.acquire()
        try:
            await c.q(n)
        finally:
            p.release(c)
        await asyncio.sleep(0.001)
        log.append((c.name(), c.describe()))


async def main():
    p = Pool(2)
    log = []
    await asyncio.gather(*(user(p, i, log) for i in range(4)))
    print(len(log))


asyncio.run(main())
