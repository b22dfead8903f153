"""SQLAlchemy over asyncpg, two connections, four tasks with a deadline each."""

# server: postgres

import asyncio
import os

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine


async def double(engine: AsyncEngine, number: int) -> int | None:
    try:
        async with asyncio.timeout(0.3), engine.connect() as connection:
            return (await connection.execute(text("SELECT :number * 2"), {"number": number})).scalar()
    except TimeoutError:
        return None


async def main() -> None:
    url = os.environ["POSTGRES_URL"].replace("postgresql://", "postgresql+asyncpg://")
    engine = create_async_engine(url, pool_size=2, max_overflow=0)
    doubled = await asyncio.gather(*(double(engine, number) for number in range(4)))
    assert all(got in (None, 2 * number) for number, got in enumerate(doubled)), doubled
    await engine.dispose()


asyncio.run(main())
