"""A pool whose idle connections stand in a queue is used, closed, and left at that."""

import asyncio

from aiomcache.pool import MemcachePool


async def visit(pool: MemcachePool) -> None:
    connection = await pool.acquire()
    await asyncio.sleep(0.01)
    pool.release(connection)


async def main() -> None:
    pool = MemcachePool()
    await asyncio.gather(*(visit(pool) for _ in range(3)))
    await pool.clear()


asyncio.run(main())
