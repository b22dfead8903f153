"""A lease that its borrower dropped is taken back by the pool itself, after so many beats of its ticker."""

import asyncio

BEATS = 400


class Connection:
    def __init__(self, number: int) -> None:
        self.number = number
        self.sent = 0

    async def send(self) -> None:
        await asyncio.sleep(0.01)
        self.sent += 1


class Pool:
    def __init__(self, size: int) -> None:
        self._idle = [Connection(n) for n in range(size)]
        self._lent: dict[int, tuple[Connection, list[int]]] = {}
        self._freed = asyncio.Condition()

    async def acquire(self) -> Connection:
        async with self._freed:
            await self._freed.wait_for(lambda: self._idle)
            connection = self._idle.pop()
            self._lent[connection.number] = connection, [0]
            return connection

    async def release(self, connection: Connection) -> None:
        async with self._freed:
            if self._lent.pop(connection.number, None) is not None:
                self._idle.append(connection)
                self._freed.notify()

    async def tick(self) -> None:
        while True:
            await asyncio.sleep(1)
            for connection, beats in list(self._lent.values()):
                beats[0] += 1
                if beats[0] > BEATS:
                    await self.release(connection)


async def careful(pool: Pool) -> None:
    connection = await pool.acquire()
    await connection.send()
    await pool.release(connection)


async def forgetful(pool: Pool) -> None:
    connection = await pool.acquire()
    await connection.send()


async def main() -> None:
    pool = Pool(1)
    ticker = asyncio.create_task(pool.tick())
    await asyncio.gather(careful(pool), careful(pool))
    await forgetful(pool)
    await careful(pool)
    ticker.cancel()


asyncio.run(main())
