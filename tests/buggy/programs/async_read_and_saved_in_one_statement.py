# expects: ATOM001 Votes.vote
"""Votes are counted behind a store's two methods, read and saved in one statement."""

import asyncio


class Store:
    def __init__(self):
        self.rows = {}

    async def fetch(self, name):
        await asyncio.sleep(0.001)
        return self.rows.get(name, 0)

    async def save(self, name, value):
        await asyncio.sleep(0.001)
        self.rows[name] = value


class Votes:
    def __init__(self, store):
        self.store = store

    async def vote(self, name):
        await self.store.save(name, await self.store.fetch(name) + 1)


async def main():
    votes = Votes(Store())

    async def voter(n):
        await asyncio.sleep(0.01 * n)
        await votes.vote("ann")

    await asyncio.gather(*(voter(n) for n in range(3)))


asyncio.run(main())
