"""psycopg_pool, two connections, four tasks with a deadline each."""

# server: postgres

import asyncio
import os

from psycopg_pool import AsyncConnectionPool


async def double(pool: AsyncConnectionPool, number: int) -> int | None:
    try:
        async with asyncio.timeout(0.2), pool.connection() as connection:
            row = await (await connection.execute("SELECT %s::int * 2", [number])).fetchone()
            return row[0]
    except TimeoutError:
        return None


async def main() -> None:
    async with AsyncConnectionPool(os.environ["POSTGRES_URL"], min_size=2, max_size=2, open=False) as pool:
        doubled = await asyncio.gather(*(double(pool, number) for number in range(4)))
        assert all(got in (None, 2 * number) for number, got in enumerate(doubled)), doubled


asyncio.run(main())
