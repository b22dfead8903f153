# expects: USER002 Basket.take_two
"""Who takes what there is leaves too few for the one who waits for two; no wake-up was missed."""

import asyncio


class Basket:
    def __init__(self):
        self.changed = asyncio.Condition()
        self.apples = 0

    async def put(self):
        await asyncio.sleep(0.01)
        async with self.changed:
            self.apples += 1
            self.changed.notify_all()

    async def take_two(self):
        async with self.changed:
            while self.apples < 2:
                await self.changed.wait()
            self.apples -= 2

    async def take_what_is_there(self):
        await asyncio.sleep(0.02)
        async with self.changed:
            self.apples = 0


async def main():
    basket = Basket()
    await asyncio.gather(basket.put(), basket.put(), basket.take_two(), basket.take_what_is_there())


asyncio.run(main())
