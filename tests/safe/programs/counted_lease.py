"""Correct: a lease shared by two tasks, refcounted; last one returns. Plus supervisor restarting crashed workers; wait(FIRST_EXCEPTION)."""

import asyncio


class Sess:
    def __init__(self, i):
        self.i = i

    async def run(self, x):
        await asyncio.sleep(0.002)
        return x


class Pool:
    def __init__(self, n):
        self.free = [Sess(i) for i in range(n)]
        self.sem = asyncio.BoundedSemaphore(n)

    async def get(self):
        await self.sem.acquire()
        return self.free.pop()

    def put(self, s):
        self.free.append(s)
        self.sem.release()


class Shared:
    def __init__(self, p, s):
        self.p = p
        self.s = s
        self.n = 0

    def __enter__(self):
        self.n += 1
        return self.s

    def __exit__(self, *a):
        self.n -= 1
        if not self.n:
            self.p.put(self.s)


async def half(sh, x):
    try:
        return await sh.s.run(x)
    finally:
        sh.__exit__()


async def pair(p, i):
    s = await p.get()
    sh = Shared(p, s)
    sh.__enter__()
    sh.__enter__()
    a = asyncio.create_task(half(sh, (i, 0)))
    b = asyncio.create_task(half(sh, (i, 1)))
    return await asyncio.gather(a, b)


crashed = 0


async def flaky(p, i):
    global crashed
    s = await p.get()
    try:
        await s.run(i)
        if crashed < 2:
            crashed += 1
            raise OSError("boom")
    finally:
        p.put(s)


async def supervise(p, i):
    while True:
        t = asyncio.create_task(flaky(p, i))
        d, _ = await asyncio.wait([t], return_when=asyncio.FIRST_EXCEPTION)
        if t.exception() is None:
            return


async def main():
    p = Pool(2)
    print(await asyncio.gather(*(pair(p, i) for i in range(4)), *(supervise(p, i) for i in range(2))))


asyncio.run(main())
