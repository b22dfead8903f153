"""A store's two methods, under a lock, with a version, looked at again, and with an answer that is refused."""

import asyncio


class Conflict(Exception):
    pass


class Store:
    def __init__(self):
        self.rows = {"a": 0, "b": 0, "c": 0, "d": 0}
        self.versions = dict.fromkeys(self.rows, 0)
        self.lock = asyncio.Lock()

    async def read(self, key):
        await asyncio.sleep(0.001)
        return self.rows[key]

    def peek(self, key):
        return self.rows[key]

    def version(self, key):
        return self.versions[key]

    async def write(self, key, value):
        await asyncio.sleep(0.001)
        self.rows[key] = value
        return value

    async def replace(self, key, old, value):
        await asyncio.sleep(0.001)
        if self.rows[key] != old:
            raise Conflict(key)
        self.rows[key] = value

    async def add(self, key, amount):
        await asyncio.sleep(0.001)
        self.rows[key] += amount

    async def checked(self, key, value):
        await asyncio.sleep(0.001)
        self.refuse(key, value)
        self.rows[key] = value

    def refuse(self, key, value):
        if self.rows[key] >= value:
            raise Conflict(key)


async def locked(store):
    async with store.lock:
        n = await store.read("a")
        await asyncio.sleep(0.001)
        await store.write("a", n + 1)


async def replaced(store):
    while True:
        n = await store.read("b")
        try:
            await store.replace("b", n, n + 1)
        except Conflict:
            continue
        return


async def in_one(store):
    await store.read("c")
    await store.add("c", 1)


async def looked_again(store):
    n = await store.read("d")
    await asyncio.sleep(0.001)
    if n >= 0:
        n = store.peek("d")
        store.rows["d"] = n + 1


async def refused(store):
    while True:
        n = await store.read("a")
        try:
            await store.checked("b", n + 100)
        except Conflict:
            return
        return


async def main():
    store = Store()
    works = (locked, replaced, in_one, looked_again)

    async def worker(n):
        await asyncio.sleep(0.002 * n)
        for work in works:
            await work(store)

    await asyncio.gather(*(worker(n) for n in range(3)))
    assert store.rows == {"a": 3, "b": 3, "c": 3, "d": 3}, store.rows


asyncio.run(main())
