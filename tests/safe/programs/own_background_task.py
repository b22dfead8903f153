"""Correct: connection starts its own heartbeat/ack-flush background tasks and call_soon callbacks in a lease; they go on later; protected by conn-internal lock."""

import asyncio


class Conn:
    def __init__(self):
        self.lock = asyncio.Lock()
        self.pending = []
        self.bg = set()
        self.flushed = []

    async def send(self, x):
        async with self.lock:
            await asyncio.sleep(0.002)
            self.pending.append(x)
        t = asyncio.create_task(self.flush())
        self.bg.add(t)
        t.add_done_callback(self.bg.discard)

    async def flush(self):
        async with self.lock:
            p, self.pending = self.pending, []
            await asyncio.sleep(0.003)
            self.flushed += p


class Pool:
    def __init__(self, n):
        self.free = asyncio.LifoQueue()
        self.all = [Conn() for _ in range(n)]
        [self.free.put_nowait(c) for c in self.all]

    async def acquire(self):
        return await self.free.get()

    def release(self, c):
        self.free.put_nowait(c)


async def user(p, i):
    for n in range(3):
        c = await p.acquire()
        try:
            await c.send((i, n))
        finally:
            p.release(c)


async def main():
    p = Pool(2)
    await asyncio.gather(*(user(p, i) for i in range(4)))
    for c in p.all:
        while c.bg:
            await asyncio.gather(*c.bg)
    assert sum(len(c.flushed) for c in p.all) == 12
    print("ok")


asyncio.run(main())
