"""to_thread and run_in_executor with functions that only compute or block."""

import asyncio
import time


def slow_square(number: int) -> int:
    time.sleep(0.01)
    return number * number


async def main() -> None:
    loop = asyncio.get_running_loop()
    squares = await asyncio.gather(*(asyncio.to_thread(slow_square, n) for n in range(3)))
    cubes = [await loop.run_in_executor(None, pow, n, 3) for n in range(3)]
    assert squares == [0, 1, 4]
    assert cubes == [0, 1, 8]


asyncio.run(main())
