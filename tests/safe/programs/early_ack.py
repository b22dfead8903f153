"""At most once, as documented: the message is acknowledged before its handler begins, inside the lease."""

import asyncio


class Channel:
    def __init__(self) -> None:
        self.open: set[int] = set()

    async def receive(self, tag: int) -> "Message":
        await asyncio.sleep(0.001)
        self.open.add(tag)
        return Message(self, tag)

    async def settle(self, tag: int) -> None:
        await asyncio.sleep(0.001)
        self.open.discard(tag)


class Message:
    def __init__(self, channel: Channel, tag: int) -> None:
        self.channel = channel
        self.tag = tag

    async def ack(self) -> None:
        await self.channel.settle(self.tag)


async def consume(pool: asyncio.Queue[Channel], tag: int) -> None:
    channel = await pool.get()
    try:
        message = await channel.receive(tag)
        await message.ack()
        await asyncio.sleep(0.003)
    finally:
        pool.put_nowait(channel)


async def main() -> None:
    pool: asyncio.Queue[Channel] = asyncio.Queue()
    for _ in range(2):
        pool.put_nowait(Channel())
    await asyncio.gather(*(consume(pool, tag) for tag in range(6)))


asyncio.run(main())
