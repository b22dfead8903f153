"""Workers on a list, a pipeline for each item, and a subscriber, over a blocking pool of redis-py."""

# server: redis

import asyncio
import os

from redis.asyncio import BlockingConnectionPool, Redis


async def work(client: Redis, done: list[str]) -> None:
    while True:
        item = await client.lpop("items")
        if item is None:
            return
        async with client.pipeline(transaction=True) as pipeline:
            pipeline.incr("done")
            pipeline.hset("seen", item, "yes")
            await pipeline.execute()
        done.append(item)


async def listen(client: Redis, heard: list[str]) -> None:
    async with client.pubsub() as subscription:
        await subscription.subscribe("news")
        async for message in subscription.listen():
            if message["type"] == "subscribe":
                await client.publish("news", "one")
            elif message["type"] == "message":
                heard.append(message["data"])
                return


async def main() -> None:
    pool = BlockingConnectionPool.from_url(os.environ["REDIS_URL"], max_connections=4, decode_responses=True)
    client = Redis(connection_pool=pool)
    await client.flushall()
    await client.rpush("items", "a", "b", "c")
    done: list[str] = []
    heard: list[str] = []
    await asyncio.gather(work(client, done), work(client, done), listen(client, heard))
    assert (sorted(done), heard) == (["a", "b", "c"], ["one"])
    await client.aclose()
    await pool.disconnect()


asyncio.run(main())
