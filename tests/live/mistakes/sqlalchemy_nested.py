"""Orders are stored in a transaction, and each is written into a journal over a connection of its own, taken while the first one is kept: two at once, over a pool of two, get no further.

With "careful" as an argument the journal is written over the connection that is there.
"""

# server: postgres
# expects: POOL007 journal

import asyncio
import os
import sys

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

CAREFUL = "careful" in sys.argv[1:]


async def journal(engine: AsyncEngine, number: int) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("SELECT CAST(:number AS integer)"), {"number": number})


async def store(engine: AsyncEngine, number: int) -> None:
    async with AsyncSession(engine) as session:
        await session.execute(text("SELECT :number + 1"), {"number": number})
        if CAREFUL:
            await session.execute(text("SELECT CAST(:number AS integer)"), {"number": number})
        else:
            await journal(engine, number)
        await session.commit()


async def main() -> None:
    url = os.environ["POSTGRES_URL"].replace("postgresql://", "postgresql+asyncpg://")
    engine = create_async_engine(url, pool_size=2, max_overflow=0)

    async def later(number: int) -> None:
        await asyncio.sleep(0.2 * number)
        await store(engine, number)

    await asyncio.gather(*(later(number) for number in range(3)))
    await engine.dispose()


asyncio.run(main())
