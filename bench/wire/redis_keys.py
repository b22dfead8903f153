"""Three tasks read keys from Redis, under a deadline: python redis_keys.py [SECONDS]

With SECONDS it runs again and again in this process for so long, and prints how often it did in a second.
"""

import asyncio
import os
import sys
import time

import redis.asyncio as redis


async def read(client, key):
    async with asyncio.timeout(5):
        return await client.get(key)


async def main():
    client = redis.Redis.from_url(os.environ["REDIS_URL"], max_connections=3)
    await client.set("greeting", "hello")
    for _ in range(3):
        assert await asyncio.gather(*(read(client, "greeting") for _ in range(3))) == [b"hello"] * 3
    await client.aclose()


if len(sys.argv) > 1:
    began, runs = time.perf_counter(), 0
    while time.perf_counter() - began < float(sys.argv[1]):
        asyncio.run(main())
        runs += 1
    print(runs / (time.perf_counter() - began))
else:
    asyncio.run(main())
