"""A stand-in for a worker that calls back with each message; it settles first, unless it was told to settle last."""

import asyncio

from aio_pika.message import IncomingMessage


class Receiver:
    def __init__(self, order: str, ack_time: str) -> None:
        self.order = order
        self.ack_time = ack_time

    async def callback(self, message: IncomingMessage) -> None:
        if self.order == "first":
            await message.ack()
        await self.run_task(message)
        if self.order == "last":
            await message.ack()

    async def run_task(self, message: IncomingMessage) -> None:
        await asyncio.sleep(0.02)
        print(message.body, "done")
