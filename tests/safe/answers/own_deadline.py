"""Correct: own deadline by loop.time(), own exception; circuit breaker; handled by set_exception_handler for background task."""

import asyncio


class Slow(Exception):
    pass


async def step():
    await asyncio.sleep(0.003)


async def job(budget):
    loop = asyncio.get_running_loop()
    end = loop.time() + budget
    for _ in range(3):
        await step()
        if loop.time() > end:
            raise Slow()


async def main():
    errors = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, c: errors.append(c["message"]))
    bg = set()
    for i in range(3):
        t = asyncio.create_task(job(0.2))
        bg.add(t)
        t.add_done_callback(bg.discard)
    for i in range(3):
        try:
            await job(0.2)
        except Slow:
            print("slow")
    while bg:
        await asyncio.sleep(0.01)
    await job(0.3)


asyncio.run(main())
