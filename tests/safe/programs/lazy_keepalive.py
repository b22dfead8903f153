"""The pool opens connections lazily, starts their keepalive within the first lease, pings on checkout and resets on return."""

import asyncio
from collections import deque


class Connection:
    def __init__(self) -> None:
        self.writing = asyncio.Lock()
        self.keepalive: asyncio.Task[None] | None = None

    async def write(self) -> None:
        async with self.writing:
            await asyncio.sleep(0.001)

    async def keep_alive(self) -> None:
        while True:
            await asyncio.sleep(0.5)
            await self.write()


class Pool:
    def __init__(self, size: int) -> None:
        self.size = size
        self.idle: deque[Connection] = deque()
        self.opened: list[Connection] = []
        self.changed = asyncio.Condition()

    async def acquire(self) -> Connection:
        async with self.changed:
            await self.changed.wait_for(lambda: self.idle or len(self.opened) < self.size)
            if self.idle:
                connection = self.idle.popleft()
            else:
                connection = Connection()
                self.opened.append(connection)
        if connection.keepalive is None:
            connection.keepalive = asyncio.create_task(connection.keep_alive())
        await connection.write()
        return connection

    async def release(self, connection: Connection) -> None:
        await connection.write()
        async with self.changed:
            self.idle.append(connection)
            self.changed.notify()

    async def close(self) -> None:
        for connection in self.opened:
            if connection.keepalive is not None:
                connection.keepalive.cancel()


async def job(pool: Pool) -> None:
    connection = await pool.acquire()
    try:
        await connection.write()
    finally:
        await pool.release(connection)


async def main() -> None:
    pool = Pool(2)
    await asyncio.gather(*(job(pool) for _ in range(5)))
    await pool.close()


asyncio.run(main())
