"""Correct: custom task factory, own Event/Lock primitives, async generator not exhausted, two loops in turn."""

import asyncio

live = set()


def factory(loop, coro, **kw):
    t = asyncio.Task(coro, loop=loop, **kw)
    live.add(t)
    t.add_done_callback(live.discard)
    return t


class Lock:
    def __init__(self):
        self.owner = None
        self.q = []

    async def __aenter__(self):
        me = asyncio.current_task()
        if self.owner is None and not self.q:
            self.owner = me
            return self
        f = asyncio.get_running_loop().create_future()
        self.q.append(f)
        try:
            await f
        except asyncio.CancelledError:
            if f.done() and not f.cancelled():
                self._next()
            elif f in self.q:
                self.q.remove(f)
            raise
        self.owner = me
        return self

    def _next(self):
        self.owner = None
        while self.q:
            f = self.q.pop(0)
            if not f.done():
                self.owner = "handed"
                f.set_result(None)
                return

    async def __aexit__(self, *a):
        self._next()


async def ticker():
    n = 0
    try:
        while True:
            yield n
            n += 1
            await asyncio.sleep(0.005)
    finally:
        await asyncio.sleep(0)


async def user(lock, shared):
    for _ in range(3):
        try:
            async with asyncio.timeout(0.05):
                async with lock:
                    v = shared["v"]
                    await asyncio.sleep(0.004)
                    shared["v"] = v + 1
        except TimeoutError:
            pass


async def first():
    asyncio.get_running_loop().set_task_factory(factory)
    lock = Lock()
    sh = {"v": 0}
    us = [asyncio.create_task(user(lock, sh)) for _ in range(4)]
    async for n in ticker():
        if n == 3:
            break
    await asyncio.gather(*us)
    async with lock:
        return sh["v"]


async def second(v):
    gen = ticker()
    a = await anext(gen)
    b = await anext(gen)
    q = asyncio.Queue()

    async def feed():
        for i in range(3):
            await asyncio.sleep(0.001)
            await q.put(i)

    t = asyncio.create_task(feed())
    return [await q.get() for _ in range(3)]


v = asyncio.run(first())
print(v >= 1)
print(asyncio.run(second(v)))
with asyncio.Runner() as r:
    print(r.run(second(v)))
    print(r.run(second(v)))
