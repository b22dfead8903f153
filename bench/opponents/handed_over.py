"""A download is handed to a task of its own together with the leased wire.  Whoever handed it over waits a while and
then returns the wire, even when the task still reads from it."""

import asyncio
from collections import deque


class Wire:
    def __init__(self) -> None:
        self.wanted: str | None = None
        self.sent = 0

    async def request(self, name: str) -> None:
        await asyncio.sleep(0.001)
        self.wanted, self.sent = name, 0

    async def next_part(self) -> str:
        await asyncio.sleep(0.005)
        self.sent += 1
        return f"{self.wanted}[{self.sent}]"


class WirePool:
    def __init__(self, size: int) -> None:
        self.idle = deque(Wire() for _ in range(size))
        self.free = asyncio.Semaphore(size)

    async def take(self) -> Wire:
        await self.free.acquire()
        return self.idle.popleft()

    def give_back(self, wire: Wire) -> None:
        self.idle.append(wire)
        self.free.release()


class Downloads:
    PATIENCE = 0.2

    def __init__(self) -> None:
        self.pool = WirePool(1)
        self.parts: dict[str, list[str]] = {}

    async def download(self, name: str) -> asyncio.Task[None]:
        """Start a download; when it is quick, wait until it is done."""
        wire = await self.pool.take()
        try:
            await wire.request(name)
            reading = asyncio.create_task(self._read(wire, name))
            await asyncio.wait({reading}, timeout=self.PATIENCE)
            return reading
        finally:
            self.pool.give_back(wire)

    async def _read(self, wire: Wire, name: str) -> None:
        self.parts[name] = [await wire.next_part() for _ in range(3)]


async def main() -> None:
    downloads = Downloads()
    reading = await asyncio.gather(downloads.download("map"), downloads.download("song"))
    await asyncio.gather(*reading)


if __name__ == "__main__":
    asyncio.run(main())
