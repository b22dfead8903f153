"""A pool that closes a connection after three leases and opens another in its place."""

import asyncio


class Connection:
    def __init__(self) -> None:
        self.leases = 0
        self.closed = False

    async def call(self) -> None:
        assert not self.closed
        await asyncio.sleep(0.001)

    def close(self) -> None:
        self.closed = True


class Pool:
    def __init__(self, size: int) -> None:
        self.idle = [Connection() for _ in range(size)]
        self.slots = asyncio.Semaphore(size)

    async def acquire(self) -> Connection:
        await self.slots.acquire()
        return self.idle.pop()

    def release(self, connection: Connection) -> None:
        connection.leases += 1
        if connection.leases == 3:
            connection.close()
            connection = Connection()
        self.idle.append(connection)
        self.slots.release()


async def job(pool: Pool) -> None:
    connection = await pool.acquire()
    try:
        await connection.call()
    finally:
        pool.release(connection)


async def main() -> None:
    pool = Pool(2)
    await asyncio.gather(*(job(pool) for _ in range(9)))


asyncio.run(main())
