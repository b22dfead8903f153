"""Correct: a ticking daemon beside an executor call."""

import asyncio


async def daemon():
    while True:
        await asyncio.sleep(0.01)


async def main():
    d = asyncio.create_task(daemon())
    print(await asyncio.get_running_loop().run_in_executor(None, lambda: 42))
    d.cancel()


asyncio.run(main())
