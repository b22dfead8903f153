"""The counter is read after the await: nothing can come between."""

import asyncio


class Total:
    def __init__(self) -> None:
        self.value = 0

    async def measure(self) -> int:
        await asyncio.sleep(0.01)
        return 5

    async def add(self) -> None:
        amount = await self.measure()
        self.value += amount


async def main() -> None:
    total = Total()
    await asyncio.gather(*(total.add() for _ in range(3)))
    assert total.value == 15


asyncio.run(main())
