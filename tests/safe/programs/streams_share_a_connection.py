"""Multiplexed connections lent to many at once, counted by streams; taken out of the list when full, put back when one stream ends."""

import asyncio


class H2:
    def __init__(self, i):
        self.i, self.streams, self.sent = i, 0, 0

    async def request(self, x):
        self.sent += 1
        await asyncio.sleep(0.003)
        return x


class Pool:
    def __init__(self, n, per):
        self.free, self.per, self.c = [H2(i) for i in range(n)], per, asyncio.Condition()

    async def acquire(self):
        async with self.c:
            await self.c.wait_for(lambda: self.free)
            h = self.free[0]
            h.streams += 1
            if h.streams == self.per:
                self.free.remove(h)
            return h

    async def release(self, h):
        async with self.c:
            h.streams -= 1
            if h not in self.free:
                self.free.append(h)
            self.c.notify()


async def u(p, i):
    for n in range(2):
        h = await p.acquire()
        try:
            assert await h.request(i) == i
        finally:
            await p.release(h)


async def main():
    p = Pool(2, 2)
    await asyncio.gather(*(u(p, i) for i in range(5)))


asyncio.run(main())
