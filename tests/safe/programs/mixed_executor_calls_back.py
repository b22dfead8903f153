"""Copies run in an executor; each tells the loop how far it is, and asks it for a receipt before it ends."""

import asyncio
import time


async def receipt(copy: int) -> str:
    await asyncio.sleep(0.001)
    return f"receipt {copy}"


async def main() -> None:
    loop = asyncio.get_running_loop()
    progress: list[tuple[int, int]] = []

    def make(copy: int) -> str:
        for page in range(2):
            time.sleep(0.01)
            loop.call_soon_threadsafe(progress.append, (copy, page))
        return asyncio.run_coroutine_threadsafe(receipt(copy), loop).result()

    made = await asyncio.gather(*(loop.run_in_executor(None, make, copy) for copy in range(2)))
    assert made == ["receipt 0", "receipt 1"]
    assert len(progress) == 4


asyncio.run(main())
