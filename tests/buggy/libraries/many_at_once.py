"""Orders worked on one by one, and news of which the first is wanted and the rest put back, over one channel: many_at_once.py shared|single|own."""

import asyncio
import sys

from aio_pika.message import Channel, IncomingMessage


async def work(message: IncomingMessage) -> None:
    await asyncio.sleep(0.05)
    await message.ack()


async def put_back(messages: list[IncomingMessage], each: bool) -> None:
    await asyncio.sleep(0.06)
    for message in messages if each else messages[-1:]:
        await message.nack(multiple=not each)


async def main() -> None:
    orders, news = Channel(), Channel()
    if sys.argv[1] != "own":
        news = orders
    order = orders.deliver("order", "orders")
    await asyncio.gather(work(order), put_back([news.deliver("news", "news") for _ in range(2)], sys.argv[1] == "single"))


asyncio.run(main())
