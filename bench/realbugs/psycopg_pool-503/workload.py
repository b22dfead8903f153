"""Bookings in a PostgreSQL table, made by several tasks over a pool of two connections; each has a deadline."""

import asyncio
import os

from psycopg_pool import AsyncConnectionPool

DEADLINE = 0.2
BOOKINGS = 4


async def book(pool: AsyncConnectionPool, number: int) -> str:
    try:
        async with asyncio.timeout(DEADLINE), pool.connection() as connection:
            cursor = await connection.execute("INSERT INTO booking (number) VALUES (%s) RETURNING number", [number])
            row = await cursor.fetchone()
            return f"booked {row[0]}"
    except TimeoutError:
        return "late"


async def main() -> None:
    async with AsyncConnectionPool(os.environ["POSTGRES_URL"], min_size=2, max_size=2, open=False) as pool:
        async with pool.connection() as connection:
            await connection.execute("DROP TABLE IF EXISTS booking")
            await connection.execute("CREATE TABLE booking (number integer)")
        results = await asyncio.gather(*(book(pool, number) for number in range(BOOKINGS)))
        for number, result in enumerate(results):
            print(f"{number}: {result}")
        async with pool.connection() as connection:
            cursor = await connection.execute("SELECT count(*) FROM booking")
            count = await cursor.fetchone()
        print("bookings made" if count[0] else "no bookings made")


if __name__ == "__main__":
    asyncio.run(main())
