"""Items handed straight to whoever waits; one who leaves with an item in hand puts it back first, or passes it on."""

import asyncio
from collections import deque

ITEMS = 5


class Channel:
    def __init__(self) -> None:
        self._items: deque[int] = deque()
        self._waiters: deque[tuple[asyncio.Event, list[int]]] = deque()

    def send(self, item: int) -> None:
        while self._waiters:
            event, box = self._waiters.popleft()
            box.append(item)
            event.set()
            return
        self._items.append(item)

    def _put_back(self, item: int) -> None:
        if self._waiters:
            self.send(item)
        else:
            self._items.appendleft(item)

    async def receive(self) -> int:
        if self._items:
            return self._items.popleft()
        event, box = asyncio.Event(), list[int]()
        mine = event, box
        self._waiters.append(mine)
        try:
            await event.wait()
        except BaseException:
            if box:
                self._put_back(box[0])
            else:
                self._waiters.remove(mine)
            raise
        return box[0]


async def produce(channel: Channel) -> None:
    for item in range(ITEMS):
        await asyncio.sleep(0.02)
        channel.send(item)


async def consume(channel: Channel, got: list[int]) -> None:
    while len(got) < ITEMS:
        try:
            async with asyncio.timeout(0.05):
                got.append(await channel.receive())
        except TimeoutError:
            continue


async def main() -> None:
    channel, got = Channel(), list[int]()
    await asyncio.gather(produce(channel), consume(channel, got))
    assert sorted(got) == list(range(ITEMS))


asyncio.run(main())
