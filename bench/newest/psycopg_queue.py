"""A queue of jobs in a table over psycopg_pool: workers take with SKIP LOCKED inside a transaction and a deadline; the pool checks, resizes and gives a status."""

# server: postgres
# package: psycopg-pool

import asyncio
import os

from psycopg_pool import AsyncConnectionPool, PoolTimeout

JOBS = 3


async def work(pool: AsyncConnectionPool, done: list[int]) -> None:
    for _ in range(JOBS):
        try:
            async with asyncio.timeout(0.3), pool.connection(timeout=0.2) as connection, connection.transaction():
                cursor = await connection.execute("SELECT number FROM job WHERE NOT done ORDER BY number FOR UPDATE SKIP LOCKED LIMIT 1")
                row = await cursor.fetchone()
                if row is None:
                    return
                await connection.execute("UPDATE job SET done = true WHERE number = %s", [row[0]])
            done.append(row[0])
        except (TimeoutError, PoolTimeout):
            continue


async def main() -> None:
    async with AsyncConnectionPool(os.environ["POSTGRES_URL"], min_size=1, max_size=2, open=False, check=AsyncConnectionPool.check_connection) as pool:
        async with pool.connection() as connection:
            await connection.execute("CREATE TABLE IF NOT EXISTS job (number integer, done boolean)")
            await connection.execute("TRUNCATE job")
            await connection.cursor().executemany("INSERT INTO job VALUES (%s, false)", [(number,) for number in range(JOBS)])
        done: list[int] = []
        await asyncio.gather(*(work(pool, done) for _ in range(3)))
        assert len(done) == len(set(done)), done
        async with pool.connection() as connection:
            row = await (await connection.execute("SELECT count(*) FROM job WHERE done")).fetchone()
            assert row[0] >= len(done), (row, done)
        assert pool.get_stats()["pool_size"] >= 1


asyncio.run(main())
