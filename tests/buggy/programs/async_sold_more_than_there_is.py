# expects: ATOM001 Shop.order
"""The stock is asked before a payment, and taken from behind it by a method that takes what it is told."""

import asyncio
from dataclasses import dataclass


@dataclass
class Article:
    stock: int


class Inventory:
    def __init__(self):
        self.articles = {"pen": Article(3)}
        self.lock = asyncio.Lock()
        self.taken = []

    def available(self, name):
        return self.articles[name].stock

    async def take(self, name, count):
        async with self.lock:
            self.taken.append(name)
            self.articles[name].stock -= count


class Shop:
    def __init__(self, inventory):
        self.inventory = inventory

    async def order(self, name, count):
        if self.inventory.available(name) < count:
            return "sold out"
        await self.pay(count)
        await self.inventory.take(name, count)
        return "ordered"

    async def pay(self, count):
        await asyncio.sleep(0.01)


async def main():
    shop = Shop(Inventory())

    async def customer(n):
        await asyncio.sleep(0.05 * n)
        await shop.order("pen", 2)

    await asyncio.gather(*(customer(n) for n in range(2)))


asyncio.run(main())
