# expects: ATOM001 record
"""Functions handed to threads add to a counter of the service."""

import asyncio


class Service:
    def __init__(self) -> None:
        self.bytes = 0

    def record(self, size: int) -> None:
        before = self.bytes
        after = before + size
        self.bytes = after

    async def upload(self, size: int) -> None:
        await asyncio.to_thread(self.record, size)


async def main() -> None:
    service = Service()
    await asyncio.gather(service.upload(10), service.upload(20))


asyncio.run(main())
