# expects: POOL007 copy
"""Copies are made between two connections of one pool of two; two copies at once hold one each, and both are refused the second."""

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
    await asyncio.sleep(0.01 * number)
    source = await pool.acquire(1)
    try:
        await source.write(-number)
        target = await pool.acquire(1)
        try:
            await target.write(number)
        finally:
            await pool.release(target)
    finally:
        await pool.release(source)


async def main() -> None:
    pool = Pool(2)
    await asyncio.gather(*(copy(pool, number) for number in range(3)))


asyncio.run(main())
