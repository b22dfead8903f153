"""Orders and news over RabbitMQ, consumed on one channel: the orders are handled one by one, of the news the first one is wanted."""

import asyncio
import os

import aio_pika
from aio_pika.abc import AbstractConnection, AbstractQueue

ORDERS = 3


async def publish(connection: AbstractConnection, queue: str, texts: list[str]) -> None:
    channel = await connection.channel()
    for text in texts:
        await channel.default_exchange.publish(aio_pika.Message(text.encode()), queue)
        await asyncio.sleep(0.02)


async def handle_orders(orders: AbstractQueue) -> None:
    handled = 0
    async with orders.iterator() as messages:
        async for message in messages:
            async with message.process():
                await asyncio.sleep(0.04)
                print(f"{message.body.decode()} handled")
            handled += 1
            if handled == ORDERS:
                break


async def first_news(news: AbstractQueue) -> None:
    async with news.iterator() as messages:
        async for message in messages:
            await message.ack()
            print(f"heard {message.body.decode()}")
            break


async def main() -> None:
    url = os.environ["RABBITMQ_URL"]
    async with await aio_pika.connect(url) as connection, await aio_pika.connect(url) as producers:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=10)
        orders = await channel.declare_queue(auto_delete=True)
        news = await channel.declare_queue(auto_delete=True)
        await asyncio.gather(
            handle_orders(orders),
            first_news(news),
            publish(producers, orders.name, [f"order {number}" for number in range(ORDERS)]),
            publish(producers, news.name, ["news 0", "news 1"]),
        )


if __name__ == "__main__":
    asyncio.run(main())
