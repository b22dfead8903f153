"""Own deadline: call_later sets an exception; it propagates."""

import asyncio


class TooSlow(Exception):
    pass


def give_up(fut):
    if not fut.done():
        fut.set_exception(TooSlow())


async def main():
    loop = asyncio.get_running_loop()
    fut = loop.create_future()

    async def answer():
        await asyncio.sleep(0.01)
        if not fut.done():
            fut.set_result(7)

    task = asyncio.create_task(answer())
    loop.call_later(0.3, give_up, fut)
    await fut
    await task


asyncio.run(main())
