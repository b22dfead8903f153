"""Permits are returned in finally, so a waiter or holder that is cut off costs none."""

import asyncio


async def limited(permits: asyncio.Semaphore, seconds: float) -> bool:
    try:
        async with asyncio.timeout(0.4):
            async with permits:
                await asyncio.sleep(seconds)
                return True
    except TimeoutError:
        return False


async def main() -> None:
    permits = asyncio.Semaphore(2)
    await asyncio.gather(*(limited(permits, 0.1) for _ in range(6)))
    async with permits, permits:
        pass


asyncio.run(main())
