"""Correct: multiplexed connection with reader task and correlation ids; late replies for cancelled calls dropped; connections in a pool shared by borrow-counting."""

import asyncio
import itertools


class Mux:
    def __init__(self):
        self.pend = {}
        self.ids = itertools.count()
        self.wire = asyncio.Queue()
        self.r = asyncio.create_task(self._read())
        self.srv = set()

    async def _srv(self, i, x):
        await asyncio.sleep(0.003)
        await self.wire.put((i, x))

    async def _read(self):
        while True:
            i, x = await self.wire.get()
            f = self.pend.pop(i, None)
            if f and not f.done():
                f.set_result(x)

    async def call(self, x):
        i = next(self.ids)
        f = asyncio.get_running_loop().create_future()
        self.pend[i] = f
        t = asyncio.create_task(self._srv(i, x))
        self.srv.add(t)
        t.add_done_callback(self.srv.discard)
        try:
            return await f
        finally:
            self.pend.pop(i, None)

    async def close(self):
        await asyncio.gather(*self.srv)
        self.r.cancel()
        await asyncio.gather(self.r, return_exceptions=True)


class Pool:
    def __init__(self, n):
        self.conns = [Mux() for _ in range(n)]
        self.sem = asyncio.Semaphore(n)

    async def acquire(self):
        await self.sem.acquire()
        return self.conns.pop()

    def release(self, c):
        self.conns.append(c)
        self.sem.release()

    async def close(self):
        for c in self.conns:
            await c.close()


async def user(p, i):
    r = []
    for n in range(3):
        c = await p.acquire()
        try:
            r.append(await asyncio.wait_for(c.call((i, n)), 0.1))
        except TimeoutError:
            r.append(None)
        finally:
            p.release(c)
    return r


async def main():
    p = Pool(2)
    for i, r in enumerate(await asyncio.gather(*(user(p, i) for i in range(4)))):
        for n, x in enumerate(r):
            assert x in (None, (i, n)), (i, n, x)
    await p.close()
    print("ok")


asyncio.run(main())
