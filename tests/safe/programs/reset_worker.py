"""Correct: pool with session permanently pinned by a listener, health checker reading idle conns, reset on return in background."""

import asyncio


class Conn:
    def __init__(self, i):
        self.i = i
        self.state = []
        self.ok = True

    async def exec(self, q):
        self.state.append(q)
        await asyncio.sleep(0.002)
        return (self.i, q)

    async def reset(self):
        await asyncio.sleep(0.001)
        self.state.clear()

    def is_ok(self):
        return self.ok

    def stats(self):
        return len(self.state)


class Pool:
    def __init__(self, n):
        self.all = [Conn(i) for i in range(n)]
        self.free = list(self.all)
        self.w = []
        self.bg = set()

    async def acquire(self):
        while not self.free:
            f = asyncio.get_running_loop().create_future()
            self.w.append(f)
            try:
                await f
            except asyncio.CancelledError:
                if f in self.w:
                    self.w.remove(f)
                elif f.done() and not f.cancelled():
                    self._wake()
                raise
        return self.free.pop()

    def _wake(self):
        while self.w and self.free:
            f = self.w.pop(0)
            if not f.done():
                f.set_result(None)
                break

    def release(self, c):
        t = asyncio.get_running_loop().create_task(self._reset(c))
        self.bg.add(t)
        t.add_done_callback(self.bg.discard)

    async def _reset(self, c):
        await c.reset()
        self.free.append(c)
        self._wake()

    def report(self):
        return [(c.is_ok(), c.stats()) for c in self.all]


async def listener(pool, ev):
    c = await pool.acquire()  # pinned for the program's life
    ev.set()
    while True:
        await c.exec("listen")
        await asyncio.sleep(0.02)
        c.state.clear()


async def health(pool):
    while True:
        await asyncio.sleep(0.007)
        pool.report()


async def job(pool, i):
    try:
        async with asyncio.timeout(0.3):
            c = await pool.acquire()
    except TimeoutError:
        return None
    try:
        return await c.exec(i)
    finally:
        pool.release(c)


async def main():
    pool = Pool(3)
    ev = asyncio.Event()
    l = asyncio.create_task(listener(pool, ev))
    h = asyncio.create_task(health(pool))
    await ev.wait()
    print(await asyncio.gather(*(job(pool, i) for i in range(8))))
    l.cancel()
    h.cancel()
    await asyncio.gather(l, h, return_exceptions=True)
    while pool.bg:
        await asyncio.gather(*pool.bg)


asyncio.run(main())
