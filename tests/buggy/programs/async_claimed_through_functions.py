# expects: ATOM001 claim
"""Two workers claim the same job: a module's functions look and write."""

import asyncio

OWNERS = {}


async def owner_of(job):
    await asyncio.sleep(0.002)
    return OWNERS.get(job)


def set_owner(job, who):
    OWNERS[job] = who


async def claim(job, who):
    if await owner_of(job) is None:
        await asyncio.sleep(0.001)
        set_owner(job, who)


async def main():
    async def worker(n):
        await asyncio.sleep(0.01 * n)
        await claim("report", f"worker {n}")

    await asyncio.gather(worker(1), worker(2))


asyncio.run(main())
