"""Per-connection statistics are noted after release: harmless, atomic in asyncio, not part of the session."""

import asyncio


class Conn:
    def __init__(self, i):
        self.i, self.calls, self.total = i, 0, 0

    async def query(self, x):
        await asyncio.sleep(0.002)
        return x

    def note(self, ms):
        self.calls += 1
        self.total += ms


class Pool:
    def __init__(self, n):
        self.free = asyncio.Queue()
        [self.free.put_nowait(Conn(i)) for i in range(n)]

    async def acquire(self):
        return await self.free.get()

    def release(self, c):
        self.free.put_nowait(c)


async def user(p, n):
    loop = asyncio.get_running_loop()
    for _ in range(2):
        c = await p.acquire()
        t = loop.time()
        try:
            await c.query(n)
        finally:
            p.release(c)
        await asyncio.sleep(0.001)
        c.note(loop.time() - t)


async def main():
    p = Pool(2)
    await asyncio.gather(*(user(p, i) for i in range(4)))
    cs = [p.free.get_nowait() for _ in range(2)]
    assert sum(c.calls for c in cs) == 8


asyncio.run(main())
