"""A connection makes its label when it is first asked for, perhaps after it was returned."""

import asyncio


class Conn:
    _label = None

    async def query(self):
        await asyncio.sleep(0.002)

    def label(self):
        if self._label is None:
            self._label = f"conn-{id(self)}"
        return self._label


class Pool:
    def __init__(self):
        self.free = asyncio.Queue()
        self.free.put_nowait(Conn())
        self.free.put_nowait(Conn())

    async def acquire(self):
        return await self.free.get()

    def release(self, c):
        self.free.put_nowait(c)


async def user(p, log):
    c = await p.acquire()
    await c.query()
    p.release(c)
    await asyncio.sleep(0.001)
    log.append(f"used {c.label()}")


async def main():
    p = Pool()
    log = []
    await asyncio.gather(*(user(p, log) for i in range(5)))


asyncio.run(main())
