"""A lease handed to another task, which uses and returns the connection; the first task does not touch it again."""

import asyncio


class Connection:
    def __init__(self) -> None:
        self.sent: list[int] = []

    async def send(self, value: int) -> None:
        await asyncio.sleep(0.002)
        self.sent.append(value)


async def finish(pool: asyncio.Queue[Connection], connection: Connection, value: int) -> None:
    await connection.send(value)
    pool.put_nowait(connection)


async def accept(pool: asyncio.Queue[Connection], tasks: list[asyncio.Task[None]], value: int) -> None:
    connection = await pool.get()
    await connection.send(-value)
    tasks.append(asyncio.create_task(finish(pool, connection, value)))


async def main() -> None:
    pool: asyncio.Queue[Connection] = asyncio.Queue()
    for _ in range(2):
        pool.put_nowait(Connection())
    tasks: list[asyncio.Task[None]] = []
    await asyncio.gather(*(accept(pool, tasks, value) for value in range(1, 6)))
    await asyncio.gather(*tasks)


asyncio.run(main())
