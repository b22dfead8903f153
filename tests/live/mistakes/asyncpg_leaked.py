"""Workers book rooms over a pool of two.  One gives its connection back only when all went well: after a booking that was late the pool has one less.

With "careful" as an argument it gives it back in any case.
"""

# server: postgres
# expects: POOL005 book

import asyncio
import os
import sys

import asyncpg

CAREFUL = "careful" in sys.argv[1:]


async def book(pool: asyncpg.Pool, number: int) -> int:
    connection = await pool.acquire()
    room: int = await connection.fetchval("SELECT $1::int", number)
    await pool.release(connection)
    return room


async def book_carefully(pool: asyncpg.Pool, number: int) -> int:
    connection = await pool.acquire()
    try:
        room: int = await connection.fetchval("SELECT $1::int", number)
        return room
    finally:
        await pool.release(connection)


async def worker(pool: asyncpg.Pool, numbers: list[int]) -> None:
    while numbers:
        try:
            async with asyncio.timeout(0.1):
                await (book_carefully if CAREFUL else book)(pool, numbers.pop())
        except TimeoutError:
            pass  # the guest asks again tomorrow


async def main() -> None:
    async with asyncpg.create_pool(os.environ["POSTGRES_URL"], min_size=2, max_size=2) as pool:
        numbers = list(range(6))
        await asyncio.gather(*(worker(pool, numbers) for _ in range(2)))


asyncio.run(main())
