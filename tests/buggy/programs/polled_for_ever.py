# expects: TASK001 worker
"""Worker dies under a late sleep; main polls for its result for ever."""

import asyncio

cache = {}


async def worker(done):
    cache["k"] = 1
    await asyncio.sleep(0.02)
    done.append(cache["k"])  # KeyError when late


async def evict():
    await asyncio.sleep(0.3)
    cache.pop("k")


async def main():
    done = []
    t = asyncio.create_task(worker(done))
    e = asyncio.create_task(evict())
    while not done:
        await asyncio.sleep(0.02)
    await asyncio.gather(t, e, return_exceptions=True)
    print(done)


asyncio.run(main())
