"""Messages arrive every 20 ms and are acknowledged by a background task while the result is stored.  Correct: the
connection is returned after the task has ended."""

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

    async def handle_one(self, tag: int) -> None:
        await asyncio.sleep(0.02 * tag)
        connection = await self.connections.get()
        connection.open_session()
        try:
            await connection.receive(tag)
            acking = asyncio.create_task(connection.ack(tag))
            try:
                await asyncio.sleep(0.003)  # the work
            finally:
                await acking
        finally:
            self.connections.put_nowait(connection)


async def main() -> None:
    service = Service()
    await asyncio.gather(*(service.handle_one(tag) for tag in range(3)))


if __name__ == "__main__":
    asyncio.run(main())
