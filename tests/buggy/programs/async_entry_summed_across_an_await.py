# expects: ATOM001 Bill.add
"""The sum of a customer is looked up with a default, the price is asked for, and both go into one assignment."""

import asyncio


class Bill:
    def __init__(self):
        self.sums = {}

    async def price(self, item):
        await asyncio.sleep(0.001)
        return len(item)

    async def add(self, customer, item):
        self.sums[customer] = self.sums.get(customer, 0) + await self.price(item)


async def main():
    bill = Bill()

    async def order(n, item):
        await asyncio.sleep(0.01 * n)
        await bill.add("ann", item)

    await asyncio.gather(order(1, "tea"), order(2, "bun"), order(3, "jam"))


asyncio.run(main())
