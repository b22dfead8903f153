"""Several runs in turn, a Runner used twice, results carried from one to the next."""

import asyncio


async def double(number: int) -> int:
    await asyncio.sleep(0.001)
    return number * 2


async def pair(number: int) -> int:
    return sum(await asyncio.gather(double(number), double(number + 1)))


assert asyncio.run(pair(1)) == 6
with asyncio.Runner() as runner:
    first = runner.run(pair(2))
    assert runner.run(pair(first)) == 42
