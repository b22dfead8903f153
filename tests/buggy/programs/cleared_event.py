# expects: WAKE003 Outbox.take
import asyncio


class Outbox:
    def __init__(self) -> None:
        self.parcels: list[str] = []
        self.arrived = asyncio.Event()

    def put(self, parcel: str) -> None:
        self.parcels.append(parcel)
        self.arrived.set()

    async def take(self) -> str:
        while not self.parcels:
            await self._report_idle()
            self.arrived.clear()
            await self.arrived.wait()
        return self.parcels.pop(0)

    async def _report_idle(self) -> None:
        await asyncio.sleep(0.001)


async def sender(outbox: Outbox, count: int) -> None:
    for number in range(count):
        await asyncio.sleep(0.02)
        outbox.put(f"parcel {number}")


async def shipper(outbox: Outbox, count: int) -> None:
    for _ in range(count):
        await outbox.take()
        await asyncio.sleep(0.002)  # shipped


async def main() -> None:
    outbox = Outbox()
    await asyncio.gather(sender(outbox, 3), shipper(outbox, 3))


if __name__ == "__main__":
    asyncio.run(main())
