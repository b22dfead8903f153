"""Counts the services that answered in time; too few of them is an error of its own, raised without a cause."""

import asyncio


async def ask(delay):
    try:
        async with asyncio.timeout(0.5):
            await asyncio.sleep(delay)
            return True
    except TimeoutError:
        return False


async def main():
    answers = await asyncio.gather(ask(0.1), ask(0.2), ask(0.3))
    if sum(answers) < 2:
        raise RuntimeError(f"no quorum: {answers}")


asyncio.run(main())
