"""Functions in threads share a counter, under a lock."""

import asyncio
import threading

lock = threading.Lock()
total = 0


def add(n: int) -> None:
    global total
    with lock:
        now = total
        total = now + n


async def main() -> None:
    async with asyncio.timeout(60):
        await asyncio.gather(*(asyncio.to_thread(add, n) for n in (1, 2, 3)))
    assert total == 6


asyncio.run(main())
