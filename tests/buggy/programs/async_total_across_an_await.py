# expects: ATOM001 add
"""`total += await ...` reads the total before it waits."""

import asyncio


class Report:
    def __init__(self) -> None:
        self.total = 0

    async def fetch(self, size: int) -> int:
        await asyncio.sleep(0.01)
        return size

    async def add(self, size: int) -> None:
        self.total += await self.fetch(size)


async def main() -> None:
    report = Report()
    await report.add(1)
    await asyncio.gather(report.add(2), report.add(3))


asyncio.run(main())
