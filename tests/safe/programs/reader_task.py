"""Correct: each pooled connection has its own reader task for its life that calls sync methods of the conn (on_frame); keepalive by call_later inside the conn."""

import asyncio


class Conn:
    def __init__(s):
        s.inq = asyncio.Queue()
        s.waiting = {}
        s.seq = 0
        s.beats = 0
        s.reader = asyncio.create_task(s._run())
        s._arm()

    def _arm(s):
        s.h = asyncio.get_running_loop().call_later(0.004, s.beat)

    def beat(s):
        s.beats += 1
        s._arm()

    async def _run(s):
        while True:
            s.on_frame(await s.inq.get())

    def on_frame(s, f):
        k, v = f
        w = s.waiting.pop(k, None)
        if w and not w.done():
            w.set_result(v)

    async def call(s, x):
        s.seq += 1
        k = s.seq
        f = s.waiting[k] = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_later(0.003, s.inq.put_nowait, (k, x))
        try:
            return await f
        finally:
            s.waiting.pop(k, None)

    async def aclose(s):
        s.h.cancel()
        s.reader.cancel()
        await asyncio.wait([s.reader])


class Pool:
    def __init__(s, n):
        s.free = asyncio.Queue()
        s.all = [Conn() for _ in range(n)]
        [s.free.put_nowait(c) for c in s.all]

    async def acquire(s):
        return await s.free.get()

    def release(s, c):
        s.free.put_nowait(c)


async def user(p, i):
    for n in range(3):
        c = await p.acquire()
        try:
            assert await asyncio.wait_for(c.call((i, n)), 0.5) == (i, n)
        except TimeoutError:
            pass
        finally:
            p.release(c)
        await asyncio.sleep(0.002)


async def main():
    p = Pool(2)
    await asyncio.gather(*(user(p, i) for i in range(4)))
    for c in p.all:
        await c.aclose()
    print("ok")


asyncio.run(main())
