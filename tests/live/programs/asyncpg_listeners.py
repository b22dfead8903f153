"""LISTEN and NOTIFY beside ordinary queries: a pool's connections are asked with a deadline while one of them, kept, is told of what happens."""

# server: postgres

import asyncio
import os

import asyncpg


async def book(pool: asyncpg.Pool, number: int) -> bool:
    try:
        async with asyncio.timeout(0.3), pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT pg_notify('booked', $1)", str(number))
            return await connection.fetchval("SELECT $1::int", number) == number
    except TimeoutError:
        return False


async def main() -> None:
    async with asyncpg.create_pool(os.environ["POSTGRES_URL"], min_size=2, max_size=2) as pool:
        heard: asyncio.Queue[str] = asyncio.Queue()
        async with pool.acquire() as listener:

            def hear(connection: object, pid: int, channel: str, payload: str) -> None:
                heard.put_nowait(payload)

            await listener.add_listener("booked", hear)
            booked = await asyncio.gather(*(book(pool, number) for number in range(3)))
            for _ in range(sum(booked)):
                await heard.get()
            assert await listener.fetchval("SELECT 1") == 1
            await listener.remove_listener("booked", hear)


asyncio.run(main())
