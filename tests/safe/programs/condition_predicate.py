"""A condition whose waiters look again after every wake-up."""

import asyncio


class Stock:
    def __init__(self) -> None:
        self.amount = 0
        self.changed = asyncio.Condition()

    async def put(self, amount: int) -> None:
        async with self.changed:
            self.amount += amount
            self.changed.notify_all()

    async def take(self, amount: int) -> None:
        async with self.changed:
            while self.amount < amount:
                await self.changed.wait()
            self.amount -= amount


async def main() -> None:
    stock = Stock()

    async def supplier() -> None:
        for _ in range(6):
            await asyncio.sleep(0.001)
            await stock.put(1)

    await asyncio.gather(stock.take(2), stock.take(1), stock.take(3), supplier())
    assert stock.amount == 0


asyncio.run(main())
