"""A message whose handler fails is left unsettled on purpose: the broker delivers it again."""

import asyncio
from collections import deque


class Broker:
    def __init__(self, count: int) -> None:
        self.ready = deque(range(count))
        self.settled: list[int] = []


class Session:
    def __init__(self, broker: Broker) -> None:
        self.broker = broker
        self.unsettled: list[int] = []

    async def receive(self) -> int | None:
        await asyncio.sleep(0.001)
        if not self.broker.ready:
            return None
        self.unsettled.append(self.broker.ready.popleft())
        return self.unsettled[-1]

    async def ack(self, message: int) -> None:
        await asyncio.sleep(0.001)
        self.unsettled.remove(message)
        self.broker.settled.append(message)

    def end(self) -> None:
        self.broker.ready.extend(self.unsettled)
        self.unsettled.clear()


async def work(sessions: asyncio.Queue[Session], failures: set[int]) -> None:
    while True:
        session = await sessions.get()
        try:
            message = await session.receive()
            if message is None:
                return
            if message in failures:
                failures.remove(message)
                raise ValueError(message)
            await session.ack(message)
        except ValueError:
            pass
        finally:
            session.end()
            sessions.put_nowait(session)


async def main() -> None:
    broker = Broker(6)
    sessions: asyncio.Queue[Session] = asyncio.Queue()
    for _ in range(2):
        sessions.put_nowait(Session(broker))
    await asyncio.gather(*(work(sessions, {2, 4}) for _ in range(2)))
    while broker.ready:
        await work(sessions, set())
    assert sorted(broker.settled) == list(range(6))


asyncio.run(main())
