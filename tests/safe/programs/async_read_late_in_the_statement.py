"""A store whose methods wait before they touch it, or after: read and saved in one statement, by one task at a time, or with what was added meanwhile."""

import asyncio


class Store:
    def __init__(self):
        self.rows = {}
        self.saved = 0

    async def fetch(self, name):
        await asyncio.sleep(0.001)  # others may save until it reads
        return self.rows.get(name, 0)

    def save(self, name, value):
        self.rows[name] = value

    async def save_locked(self, name, value):
        await asyncio.sleep(0.001)
        self.rows[name] = value


class Votes:
    def __init__(self, store):
        self.store = store
        self.turn = asyncio.Lock()
        self.total = {}

    async def price(self):
        await asyncio.sleep(0.001)
        return 1

    async def vote(self, name):
        self.store.save(name, await self.store.fetch(name) + 1)

    async def vote_in_turn(self, name):
        async with self.turn:
            await self.store.save_locked(name, await self.store.fetch(name) + 1)

    async def add(self, name):
        self.total[name] = await self.price() + self.total.get(name, 0)


async def main():
    votes = Votes(Store())

    async def voter(n):
        await asyncio.sleep(0.01 * n)
        await votes.vote("ann")
        await votes.vote_in_turn("bob")
        await votes.add("cid")

    await asyncio.gather(*(voter(n) for n in range(3)))
    assert (votes.store.rows, votes.total) == ({"ann": 3, "bob": 3}, {"cid": 3})


asyncio.run(main())
