"""Copies are made between two connections of one pool.  Who holds the first and is refused the second gives the first back and tries again later."""

import asyncio
from collections import deque


class Empty(Exception):
    """The pool had nothing to lend in time."""


class Connection:
    def __init__(self) -> None:
        self.lines: list[int] = []

    async def write(self, line: int) -> None:
        await asyncio.sleep(0.001)
        self.lines.append(line)


class Pool:
    def __init__(self, size: int) -> None:
        self._idle = deque(Connection() for _ in range(size))
        self._changed = asyncio.Condition()

    async def acquire(self, patience: float) -> Connection:
        async with self._changed:
            try:
                async with asyncio.timeout(patience):
                    await self._changed.wait_for(lambda: self._idle)
            except TimeoutError:
                raise Empty from None
            return self._idle.popleft()

    async def release(self, connection: Connection) -> None:
        async with self._changed:
            self._idle.append(connection)
            self._changed.notify()


async def copy(pool: Pool, number: int) -> None:
    pause = 0.01
    while True:
        await asyncio.sleep(pause * (number + 1))
        pause *= 2
        try:
            source = await pool.acquire(0.05)
        except Empty:
            continue
        await source.write(-number)
        try:
            target = await pool.acquire(0.05)
        except Empty:
            await pool.release(source)
            continue
        await target.write(number)
        await pool.release(target)
        await pool.release(source)
        return


async def main() -> None:
    pool = Pool(2)
    await asyncio.gather(*(copy(pool, number) for number in range(3)))


asyncio.run(main())
