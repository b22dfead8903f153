"""Messages of a stream are handled and acknowledged.  Somebody watches, and gives a message back whose handling takes too long; the handler does not hear of it.

With "careful" as an argument there is one who decides.
"""

# server: nats
# expects: ACK003 handle

import asyncio
import contextlib
import os
import sys

import nats
import nats.js.errors
from nats.aio.msg import Msg

CAREFUL = "careful" in sys.argv[1:]


async def give_back_later(message: Msg) -> None:
    await asyncio.sleep(0.1)
    await message.nak()


async def handle(message: Msg) -> None:
    watching = asyncio.create_task(give_back_later(message))
    await asyncio.sleep(0.01)  # stands for the work
    await message.ack()
    watching.cancel()


async def handle_carefully(message: Msg) -> None:
    try:
        async with asyncio.timeout(0.1):
            await asyncio.sleep(0.01)
    except TimeoutError:
        await message.nak()
    else:
        await message.ack()


async def main() -> None:
    client = await nats.connect(os.environ["NATS_URL"], allow_reconnect=False)
    stream = client.jetstream()
    with contextlib.suppress(nats.js.errors.NotFoundError):
        await stream.delete_stream("orders")
    await stream.add_stream(name="orders", subjects=["orders"])
    for number in range(2):
        await stream.publish("orders", b"%d" % number)
    orders = await stream.pull_subscribe("orders", "shop")
    try:
        for _ in range(2):
            for message in await orders.fetch(1, timeout=1):
                await (handle_carefully if CAREFUL else handle)(message)
    except nats.errors.TimeoutError:
        pass  # what was given back comes later
    await client.close()


asyncio.run(main())
