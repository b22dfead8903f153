"""Pipelines of redis-py, plain and transactional, some watched and tried again, over a pool that checks idle connections; each has a deadline."""

# server: redis

import asyncio
import os

from redis.asyncio import BlockingConnectionPool, Redis
from redis.exceptions import WatchError


async def count(client: Redis, number: int) -> bool:
    try:
        async with asyncio.timeout(0.3), client.pipeline(transaction=False) as pipeline:
            pipeline.set(f"k{number}", number)
            pipeline.get(f"k{number}")
            done, got = await pipeline.execute()
            assert (done, got) == (True, str(number))
            return True
    except TimeoutError:
        return False


async def book(client: Redis) -> bool:
    try:
        async with asyncio.timeout(0.3), client.pipeline(transaction=True) as pipeline:
            while True:
                try:
                    await pipeline.watch("booked")
                    before = int(await pipeline.get("booked"))
                    pipeline.multi()
                    pipeline.set("booked", before + 1)
                    await pipeline.execute()
                    return True
                except WatchError:
                    continue
    except TimeoutError:
        return False


async def main() -> None:
    pool = BlockingConnectionPool.from_url(os.environ["REDIS_URL"], max_connections=2, decode_responses=True, health_check_interval=1)
    client = Redis(connection_pool=pool)
    await client.set("booked", 0)
    results = await asyncio.gather(count(client, 0), book(client), count(client, 1), book(client))
    booked = int(await client.get("booked"))
    assert results[1] + results[3] <= booked <= 2, (results, booked)
    await client.aclose()
    await pool.disconnect()


asyncio.run(main())
