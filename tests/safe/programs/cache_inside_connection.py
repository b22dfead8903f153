"""Correct: a connection caches immutable server info / prepared statements; load began in a lease that was cut short, later borrower gets it."""

import asyncio


class Info:
    def __init__(s, v):
        s.v = v


class Conn:
    def __init__(s):
        s.info = None
        s.load = None
        s.stmts = {}

    async def _load(s):
        await asyncio.sleep(0.01)
        return Info("16.1")

    async def server_info(s):
        if s.load is None:
            s.load = asyncio.create_task(s._load())
        return await asyncio.shield(s.load)

    async def prepare(s, q):
        st = s.stmts.get(q)
        if st is None:
            st = s.stmts[q] = ("stmt", q)
            await asyncio.sleep(0.002)
        return st


class Pool:
    def __init__(s, n):
        s.free = asyncio.Queue()
        [s.free.put_nowait(Conn()) for _ in range(n)]

    async def acquire(s):
        return await s.free.get()

    def release(s, c):
        s.free.put_nowait(c)


async def user(p, i):
    for n in range(3):
        c = await p.acquire()
        try:
            async with asyncio.timeout(0.1):
                await c.prepare(f"select {n % 2}")
                assert (await c.server_info()).v == "16.1"
        except TimeoutError:
            pass
        finally:
            p.release(c)


async def main():
    p = Pool(2)
    await asyncio.gather(*(user(p, i) for i in range(4)))
    print("ok")


asyncio.run(main())
