"""Messages are fetched over channels of a pool and handled.  The channel goes back before the message is acknowledged: by then another worker has it.

With "careful" as an argument it goes back afterwards.
"""

# server: rabbitmq
# expects: ACK001 work

import asyncio
import os
import sys

import aio_pika
from aio_pika.abc import AbstractChannel
from aio_pika.pool import Pool

CAREFUL = "careful" in sys.argv[1:]


async def work(channels: Pool[AbstractChannel], queue: str) -> None:
    async with channels.acquire() as channel:
        message = await (await channel.get_queue(queue, ensure=False)).get()
        if CAREFUL:
            await asyncio.sleep(0.01)  # stands for the work
            await message.ack()
            return
    await asyncio.sleep(0.01)
    await message.ack()


async def main() -> None:
    connection = await aio_pika.connect(os.environ["RABBITMQ_URL"])
    async with connection, Pool(connection.channel, max_size=1) as channels:
        async with channels.acquire() as channel:
            queue = await channel.declare_queue("", exclusive=True)
            for number in range(3):
                await channel.default_exchange.publish(aio_pika.Message(b"%d" % number), queue.name)

        async def later(number: int) -> None:
            await asyncio.sleep(0.1 * number)
            await work(channels, queue.name)

        await asyncio.gather(*(later(number) for number in range(3)))


asyncio.run(main())
