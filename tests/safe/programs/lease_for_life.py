"""A lease kept for the program's life by one service, and one returned by another task than took it."""

import asyncio


class Connection:
    async def call(self) -> None:
        await asyncio.sleep(0.001)


class Listener:
    def __init__(self, pool: asyncio.Queue[Connection]) -> None:
        self.pool = pool
        self.connection: Connection | None = None

    async def start(self) -> None:
        self.connection = await self.pool.get()

    async def poll(self) -> None:
        assert self.connection is not None
        await self.connection.call()


async def job(pool: asyncio.Queue[Connection]) -> None:
    connection = await pool.get()
    try:
        await connection.call()
    finally:
        pool.put_nowait(connection)


async def main() -> None:
    pool: asyncio.Queue[Connection] = asyncio.Queue()
    for _ in range(3):
        pool.put_nowait(Connection())
    listener = Listener(pool)
    await listener.start()
    await asyncio.gather(listener.poll(), *(job(pool) for _ in range(4)))
    await listener.poll()


asyncio.run(main())
