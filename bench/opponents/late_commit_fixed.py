"""Readers of a log share channels from a pool (deque and Condition).  Correct: committed
first, returned last."""

import asyncio
from collections import deque


class Log:
    def __init__(self, records: list[str]) -> None:
        self.records = deque(enumerate(records))
        self.committed: list[int] = []


class Channel:
    def __init__(self, log: Log) -> None:
        self.log = log
        self.position: int | None = None

    async def fetch(self) -> str | None:
        await asyncio.sleep(0.002)
        if not self.log.records:
            return None
        self.position, record = self.log.records.popleft()
        return record

    async def commit(self) -> None:
        await asyncio.sleep(0.001)
        if self.position is not None:
            self.log.committed.append(self.position)
            self.position = None


class ChannelPool:
    def __init__(self, log: Log, size: int) -> None:
        self.idle = deque(Channel(log) for _ in range(size))
        self.returned = asyncio.Condition()

    async def acquire(self) -> Channel:
        async with self.returned:
            while not self.idle:
                await self.returned.wait()
            return self.idle.popleft()

    async def release(self, channel: Channel) -> None:
        async with self.returned:
            self.idle.append(channel)
            self.returned.notify()


async def store(record: str) -> None:
    await asyncio.sleep(0.01)


async def reader(pool: ChannelPool) -> None:
    more = True
    while more:
        channel = await pool.acquire()
        try:
            record = await channel.fetch()
            if record is not None:
                await store(record)
                await channel.commit()
        finally:
            await pool.release(channel)
        more = record is not None


async def main() -> None:
    pool = ChannelPool(Log(["r1", "r2", "r3", "r4"]), size=2)
    await asyncio.gather(reader(pool), reader(pool))


if __name__ == "__main__":
    asyncio.run(main())
