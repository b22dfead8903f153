"""Correct: release is idempotent (lease tokens); stale handle's methods are refused by the connection's own generation check; close() twice."""

import asyncio


class Raw:
    def __init__(s):
        s.gen = 0
        s.out = []

    async def write(s, gen, x):
        if gen != s.gen:
            return False
        await asyncio.sleep(0.002)
        if gen == s.gen:
            s.out.append(x)
        return True


class Pool:
    def __init__(s, n):
        s.free = [Raw() for _ in range(n)]
        s.cond = asyncio.Condition()
        s.lent = {}

    async def acquire(s):
        async with s.cond:
            await s.cond.wait_for(lambda: s.free)
            c = s.free.pop(0)
            c.gen += 1
            s.lent[id(c)] = c.gen
            return c, c.gen

    async def release(s, c, gen):
        if s.lent.get(id(c)) != gen:
            return
        del s.lent[id(c)]
        s.free.append(c)
        async with s.cond:
            s.cond.notify()


async def user(p, i):
    for n in range(3):
        c, g = await p.acquire()
        try:
            try:
                await asyncio.wait_for(c.write(g, (i, n)), 0.1)
            except TimeoutError:
                await p.release(c, g)
        finally:
            await p.release(c, g)
        await c.write(g, "late; refused")


async def main():
    p = Pool(2)
    await asyncio.gather(*(user(p, i) for i in range(4)))
    assert len(p.free) == 2
    print("ok")


asyncio.run(main())
