"""An async generator holds a lease; whoever stops early closes it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator


class Cursor:
    async def fetch(self, number: int) -> int:
        await asyncio.sleep(0.001)
        return number


class Cursors:
    def __init__(self, size: int) -> None:
        self.free = [Cursor() for _ in range(size)]
        self.slots = asyncio.Semaphore(size)

    @contextlib.asynccontextmanager
    async def one(self) -> AsyncIterator[Cursor]:
        async with self.slots:
            cursor = self.free.pop()
            try:
                yield cursor
            finally:
                self.free.append(cursor)

    async def rows(self) -> AsyncIterator[int]:
        async with self.one() as cursor:
            for number in range(5):
                yield await cursor.fetch(number)


async def first_two(cursors: Cursors) -> list[int]:
    out: list[int] = []
    async with contextlib.aclosing(cursors.rows()) as rows:
        async for row in rows:
            out.append(row)
            if len(out) == 2:
                break
    return out


async def main() -> None:
    cursors = Cursors(1)
    assert await asyncio.gather(*(first_two(cursors) for _ in range(3))) == [[0, 1]] * 3
    assert len(cursors.free) == 1


asyncio.run(main())
