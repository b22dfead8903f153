"""A deadline may strike in the work; the way back into the pool is shielded and awaited."""

import asyncio
from collections import deque


class Line:
    def __init__(self) -> None:
        self.busy = False

    async def call(self, seconds: float) -> None:
        self.busy = True
        await asyncio.sleep(seconds)
        self.busy = False

    async def reset(self) -> None:
        await asyncio.sleep(0.001)
        self.busy = False


class Lines:
    def __init__(self, size: int) -> None:
        self.free = deque(Line() for _ in range(size))
        self.changed = asyncio.Condition()

    async def take(self) -> Line:
        async with self.changed:
            await self.changed.wait_for(lambda: self.free)
            return self.free.popleft()

    async def give(self, line: Line) -> None:
        await line.reset()
        async with self.changed:
            self.free.append(line)
            self.changed.notify()


async def call(lines: Lines, seconds: float) -> None:
    line = await lines.take()
    try:
        async with asyncio.timeout(0.5):
            await line.call(seconds)
    except TimeoutError:
        pass
    finally:
        await asyncio.shield(lines.give(line))


async def main() -> None:
    lines = Lines(2)
    await asyncio.gather(*(call(lines, 0.01 * n) for n in range(6)))
    assert len(lines.free) == 2


asyncio.run(main())
