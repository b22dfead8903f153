"""A deadline of 30 s round work of 100 ms: it cannot strike when the work is a second late."""

import asyncio


async def work(number: int) -> int:
    async with asyncio.timeout(30):
        await asyncio.sleep(0.1)
        await asyncio.sleep(0.05)
        return number


async def main() -> None:
    assert await asyncio.gather(*(work(n) for n in range(4))) == [0, 1, 2, 3]
    assert await asyncio.wait_for(work(7), 20) == 7


asyncio.run(main())
