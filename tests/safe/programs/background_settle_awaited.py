"""A message is settled by a background task, which is awaited before the connection goes back."""

import asyncio


class Channel:
    def __init__(self) -> None:
        self.open: set[int] = set()

    async def receive(self, tag: int) -> int:
        await asyncio.sleep(0.001)
        self.open.add(tag)
        return tag

    async def ack(self, tag: int) -> None:
        await asyncio.sleep(0.001)
        self.open.remove(tag)


async def handle(pool: asyncio.Queue[Channel], tag: int) -> None:
    channel = await pool.get()
    try:
        await channel.receive(tag)
        settling = asyncio.create_task(channel.ack(tag))
        await asyncio.sleep(0.002)
        await settling
    finally:
        pool.put_nowait(channel)


async def main() -> None:
    pool: asyncio.Queue[Channel] = asyncio.Queue()
    for _ in range(2):
        pool.put_nowait(Channel())
    await asyncio.gather(*(handle(pool, tag) for tag in range(6)))


asyncio.run(main())
