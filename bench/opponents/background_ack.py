"""Messages arrive every 20 ms and are acknowledged by a background task, to save time.  The connection is returned
without waiting for it."""

import asyncio


class Connection:
    def __init__(self) -> None:
        self.unsettled: dict[int, str] = {}
        self.settled: list[str] = []

    def open_session(self) -> None:
        self.unsettled.clear()

    async def receive(self, tag: int) -> str:
        await asyncio.sleep(0.002)
        self.unsettled[tag] = f"message {tag}"
        return self.unsettled[tag]

    async def ack(self, tag: int) -> None:
        await asyncio.sleep(0.001)
        message = self.unsettled.pop(tag, None)
        if message is not None:
            self.settled.append(message)


class Service:
    def __init__(self) -> None:
        self.connections: asyncio.Queue[Connection] = asyncio.Queue()
        self.connections.put_nowait(Connection())
        self.acks: set[asyncio.Task[None]] = set()

    async def handle_one(self, tag: int) -> None:
        await asyncio.sleep(0.02 * tag)
        connection = await self.connections.get()
        connection.open_session()
        try:
            await connection.receive(tag)
            await asyncio.sleep(0.003)  # the work
            acking = asyncio.create_task(connection.ack(tag))
            self.acks.add(acking)
            acking.add_done_callback(self.acks.discard)
        finally:
            self.connections.put_nowait(connection)

    async def close(self) -> None:
        await asyncio.gather(*self.acks)


async def main() -> None:
    service = Service()
    await asyncio.gather(*(service.handle_one(tag) for tag in range(3)))
    await service.close()


if __name__ == "__main__":
    asyncio.run(main())
