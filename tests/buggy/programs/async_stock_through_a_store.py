# expects: ATOM001 Shop.order
"""Orders take from a stock that is kept behind a repository's two methods."""

import asyncio


class Repository:
    def __init__(self):
        self.rows = {"apple": 5}

    async def fetch(self, name):
        await asyncio.sleep(0.001)
        return self.rows[name]

    async def save(self, name, value):
        await asyncio.sleep(0.001)
        self.rows[name] = value


class Shop:
    def __init__(self, repository):
        self.repository = repository

    async def order(self, name):
        left = await self.repository.fetch(name)
        if left <= 0:
            return False
        await self.repository.save(name, left - 1)
        return True


async def main():
    shop = Shop(Repository())

    async def customer(n):
        await asyncio.sleep(0.01 * n)
        await shop.order("apple")

    await asyncio.gather(*(customer(n) for n in range(3)))


asyncio.run(main())
