"""Requests of impatient callers, cancelled again while they clean up; then one of a patient caller."""

import asyncio
import sys

from httpcore import AsyncConnectionPool


async def impatient(pool: AsyncConnectionPool) -> None:
    try:
        async with asyncio.timeout(0.05):
            await pool.handle_async_request("news")
    except TimeoutError:
        pass


async def main() -> None:
    pool = AsyncConnectionPool(1, careful="careful" in sys.argv)
    caller = asyncio.create_task(impatient(pool))
    await asyncio.sleep(0.05)
    caller.cancel()
    await asyncio.gather(caller, return_exceptions=True)
    print(await pool.handle_async_request("index"))


asyncio.run(main())
