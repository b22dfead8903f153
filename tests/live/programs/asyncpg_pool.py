"""Queries over an asyncpg pool of two, each with a deadline."""

# server: postgres

import asyncio
import os

import asyncpg


async def double(pool: asyncpg.Pool, number: int) -> int | None:
    try:
        async with asyncio.timeout(0.2), pool.acquire() as connection:
            return await connection.fetchval("SELECT $1::int * 2", number)
    except TimeoutError:
        return None


async def main() -> None:
    async with asyncpg.create_pool(os.environ["POSTGRES_URL"], min_size=2, max_size=2) as pool:
        doubled = await asyncio.gather(*(double(pool, number) for number in range(4)))
        assert all(got in (None, 2 * number) for number, got in enumerate(doubled)), doubled
        assert await pool.fetchval("SELECT 1") == 1


asyncio.run(main())
