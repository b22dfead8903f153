"""Nightly reports, each written under a lock in Redis.  A release that takes too long is given up, and made good if the lock is still ours.

All of it shares one connection with a task that watches how far they are.
"""

import asyncio
import os

from redis.asyncio import BlockingConnectionPool, Redis

DEADLINE = 0.1
REPORTS = 3


async def report(client: Redis, number: int) -> None:
    lock = client.lock("report", sleep=0.01)
    await lock.acquire()
    try:
        await asyncio.sleep(0.01)  # stands for the writing
        await client.rpush("reports", number)
        await asyncio.sleep(0.01)  # and for sending it
    finally:
        try:
            async with asyncio.timeout(DEADLINE):
                await lock.release()
        except TimeoutError:
            if await lock.owned():
                await lock.release()
    print(f"report {number} written")


async def watch(client: Redis) -> None:
    while await client.llen("reports") < REPORTS:
        await asyncio.sleep(0.01)


async def main() -> None:
    pool = BlockingConnectionPool(host=os.environ["REDIS_HOST"], port=int(os.environ["REDIS_PORT"]), max_connections=1)
    async with Redis.from_pool(pool) as client:
        await client.delete("reports", "report")
        await asyncio.gather(watch(client), *(report(client, number) for number in range(REPORTS)))


if __name__ == "__main__":
    asyncio.run(main())
