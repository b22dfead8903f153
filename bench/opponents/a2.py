"""A consumer with one pooled connection.  It goes back to the pool before the message is acknowledged.

A delivery is the connection's own until it is acknowledged; the next `begin` replaces it.
"""

import asyncio


class Broker:
    def __init__(self, messages: list[str]) -> None:
        self.ready = list(messages)
        self.acknowledged: list[str] = []


class Connection:
    def __init__(self, broker: Broker) -> None:
        self.broker = broker
        self.delivery: str | None = None

    def begin(self) -> str:
        self.delivery = self.broker.ready.pop(0)
        return self.delivery

    def ack(self) -> None:
        if self.delivery is not None:
            self.broker.acknowledged.append(self.delivery)
            self.delivery = None


class Service:
    def __init__(self) -> None:
        self.broker = Broker(["m1", "m2"])
        self.handled: list[str] = []
        self.pool: asyncio.Queue[Connection] = asyncio.Queue()
        self.pool.put_nowait(Connection(self.broker))

    async def consume(self) -> None:
        connection = await self.pool.get()
        message = connection.begin()
        await self.handle(message)
        self.pool.put_nowait(connection)
        await asyncio.sleep(0)  # a metric is flushed
        connection.ack()

    async def handle(self, message: str) -> None:
        await asyncio.sleep(0)
        self.handled.append(message)


async def early_consumer(service: Service) -> None:
    await service.consume()


async def late_consumer(service: Service) -> None:
    for _ in range(6):
        await asyncio.sleep(0)
    await service.consume()


async def main() -> None:
    service = Service()
    await asyncio.gather(early_consumer(service), late_consumer(service))


if __name__ == "__main__":
    asyncio.run(main())
