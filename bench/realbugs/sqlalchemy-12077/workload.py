"""Two counters in PostgreSQL, one per site, over SQLAlchemy's pool and asyncpg.  Each visit has a deadline; the totals have none."""

import asyncio
import os

import anyio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

DEADLINE = 0.2
SITES = ["north", "south"]


async def prepare(engine: AsyncEngine, site: str) -> None:
    async with engine.begin() as connection:
        await connection.execute(text(f"DROP TABLE IF EXISTS {site}"))
        await connection.execute(text(f"CREATE TABLE {site} (visitor integer)"))


async def visit(engine: AsyncEngine, site: str, visitor: int) -> None:
    with anyio.move_on_after(DEADLINE):
        async with engine.begin() as connection:
            await connection.execute(text(f"INSERT INTO {site} VALUES (:visitor)"), {"visitor": visitor})


async def total(engine: AsyncEngine, site: str) -> int:
    async with engine.connect() as connection:
        return await connection.scalar(text(f"SELECT count(*) FROM {site}"))


async def main() -> None:
    address = f"{os.environ['POSTGRES_HOST']}:{os.environ['POSTGRES_PORT']}"
    engine = create_async_engine(f"postgresql+asyncpg://postgres@{address}/postgres", pool_size=2)
    await asyncio.gather(*(prepare(engine, site) for site in SITES))
    await asyncio.gather(*(visit(engine, site, 1) for site in SITES))
    for site in SITES:
        print(f"{site}: {await total(engine, site)}")
    await engine.dispose()


if __name__ == "__main__":
    asyncio.run(main())
