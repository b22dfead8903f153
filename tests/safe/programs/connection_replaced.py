"""Correct: shared client replaced after error under a lock with generation; cache with per-key lock; single flight with shield."""

import asyncio


class Client:
    def __init__(self, g):
        self.g = g
        self.n = 0
        self.dead = False
        self.inflight = 0

    async def get(self, k):
        self.inflight += 1
        try:
            await asyncio.sleep(0.002)
            self.n += 1
            if self.dead or self.n % 5 == 0:
                self.dead = True
                raise ConnectionError(self.g)
            return k
        finally:
            self.inflight -= 1

    async def aclose(self):
        await asyncio.sleep(0.001)
        self.dead = True


class Svc:
    def __init__(self):
        self.lock = asyncio.Lock()
        self.cl = Client(0)
        self.cache = {}
        self.flight = {}
        self.old = set()

    async def _fetch(self, k):
        while True:
            c = self.cl
            try:
                return await c.get(k)
            except ConnectionError:
                async with self.lock:
                    if self.cl is c:
                        self.cl = Client(c.g + 1)
                        t = asyncio.create_task(c.aclose())
                        self.old.add(t)
                        t.add_done_callback(self.old.discard)

    async def get(self, k):
        if k in self.cache:
            return self.cache[k]
        t = self.flight.get(k)
        if t is None:
            t = asyncio.create_task(self._fetch(k))
            self.flight[k] = t
            t.add_done_callback(lambda t: (self.flight.pop(k), self.cache.__setitem__(k, t.result())))
        return await asyncio.shield(t)

    async def invalidate(self, k):
        self.cache.pop(k, None)


async def user(s, i):
    for n in range(3):
        try:
            await asyncio.wait_for(s.get(n), 0.02)
        except TimeoutError:
            pass
        await s.invalidate((n + i) % 3)


async def main():
    s = Svc()
    await asyncio.gather(*(user(s, i) for i in range(4)))
    await asyncio.gather(*list(s.flight.values()))
    while s.old:
        await asyncio.gather(*s.old)
    print("ok")


asyncio.run(main())
