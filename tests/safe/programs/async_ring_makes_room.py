"""Removals that rest on no element: the oldest goes, whichever it is by then; all is on the disk, and the copy is counted only."""

import asyncio
import collections


class Ring:
    def __init__(self, size):
        self.items, self.size, self.lost = collections.deque(), size, 0

    async def put(self, item):
        while len(self.items) >= self.size:
            oldest = self.items[0]
            await asyncio.sleep(0.001)
            if len(self.items) >= self.size:
                self.items.popleft()
                self.lost += 1
        self.items.append(item)


class Store:
    def __init__(self):
        self.rows, self.dirty, self.disk, self.log = {}, [], {}, []

    async def set(self, key, value):
        self.rows[key] = value
        self.dirty.append((key, value))

    async def flush(self):
        names = list(self.dirty)
        await asyncio.sleep(0.01)
        self.disk = dict(self.rows)
        self.dirty.clear()
        self.log.append(len(names))


async def main():
    ring, store = Ring(2), Store()

    async def work(number):
        for n in range(3):
            await ring.put((number, n))
            await store.set(number, n)
            await store.flush()

    await asyncio.gather(*(work(n) for n in range(3)))
    assert ring.lost + len(ring.items) == 9
    assert store.disk == store.rows


asyncio.run(main())
