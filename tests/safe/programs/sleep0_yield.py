"""sleep(0) as a mere yield between steps of long work: nothing shared is touched across it."""

import asyncio


async def total(numbers: range) -> int:
    result = 0
    for number in numbers:
        result += number
        if number % 10 == 0:
            await asyncio.sleep(0)
    return result


async def main() -> None:
    sums = await asyncio.gather(*(total(range(start, start + 40)) for start in (0, 40, 80)))
    assert sum(sums) == sum(range(120))


asyncio.run(main())
