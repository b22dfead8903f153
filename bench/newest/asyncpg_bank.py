"""A bank over an asyncpg pool of two: transfers in transactions with a deadline, savepoints, prepared statements, a cursor, notifications; the sum stays."""

# server: postgres
# package: asyncpg

import asyncio
import os

import asyncpg


async def prepare(connection: asyncpg.Connection) -> None:
    await connection.execute("CREATE TABLE IF NOT EXISTS account (number integer PRIMARY KEY, balance integer CHECK (balance >= 0))")
    await connection.execute("TRUNCATE account")
    await connection.executemany("INSERT INTO account VALUES ($1, $2)", [(number, 10) for number in range(3)])


async def transfer(pool: asyncpg.Pool, source: int, target: int, amount: int) -> bool:
    try:
        async with asyncio.timeout(0.3), pool.acquire() as connection, connection.transaction():
            for number, change in sorted(((source, -amount), (target, amount))):
                async with connection.transaction():
                    await connection.execute("UPDATE account SET balance = balance + $2 WHERE number = $1", number, change)
            await connection.execute("SELECT pg_notify('moved', $1)", str(amount))
            return True
    except (TimeoutError, asyncpg.CheckViolationError):
        return False


async def balance(pool: asyncpg.Pool) -> int | None:
    try:
        async with pool.acquire(timeout=0.3) as connection, connection.transaction(readonly=True):
            statement = await connection.prepare("SELECT balance FROM account ORDER BY number")
            return sum([row["balance"] async for row in statement.cursor(prefetch=2)])
    except TimeoutError:
        return None


async def main() -> None:
    async with asyncpg.create_pool(os.environ["POSTGRES_URL"], min_size=1, max_size=2, command_timeout=5) as pool:
        await pool.execute("SET lock_timeout = 1000")
        async with pool.acquire() as connection:
            await prepare(connection)
        *_, middle = await asyncio.gather(transfer(pool, 0, 1, 3), transfer(pool, 1, 2, 4), transfer(pool, 2, 0, 20), balance(pool))
        assert middle in (None, 30), middle
        assert await pool.fetchval("SELECT sum(balance) FROM account") == 30


asyncio.run(main())
