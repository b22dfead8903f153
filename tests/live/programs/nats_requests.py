"""Requests and their answers over NATS, each with the client's own deadline."""

# server: nats

import asyncio
import os

import nats


async def main() -> None:
    client = await nats.connect(os.environ["NATS_URL"])

    async def answer(message: nats.aio.msg.Msg) -> None:
        await message.respond(message.data.upper())

    async def ask(number: int) -> bytes | None:
        try:
            return (await client.request("shout", b"x%d" % number, timeout=0.3)).data
        except nats.errors.TimeoutError:
            return None

    await client.subscribe("shout", cb=answer)
    answers = await asyncio.gather(*(ask(number) for number in range(3)))
    assert all(got in (None, b"X%d" % number) for number, got in enumerate(answers)), answers
    await client.close()


asyncio.run(main())
