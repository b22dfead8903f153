"""Four messages published and consumed over RabbitMQ, acknowledged after they were handled."""

# server: rabbitmq

import asyncio
import os

import aio_pika


async def main() -> None:
    connection = await aio_pika.connect_robust(os.environ["RABBITMQ_URL"])
    async with connection:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=2)
        queue = await channel.declare_queue("", exclusive=True)
        for number in range(4):
            await channel.default_exchange.publish(aio_pika.Message(b"%d" % number), routing_key=queue.name)
        got = []
        async with queue.iterator() as messages:
            async for message in messages:
                async with message.process():
                    got.append(message.body)
                if len(got) == 4:
                    break


asyncio.run(main())
