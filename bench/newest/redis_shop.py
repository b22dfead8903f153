"""A shop over redis-py: carts as hashes, stock in transactions, orders in a list that workers take from, news of them over a subscription; deadlines throughout."""

# server: redis
# package: redis

import asyncio
import os

from redis.asyncio import BlockingConnectionPool, Redis
from redis.exceptions import WatchError

PIECES = 3


async def order(client: Redis, customer: int) -> bool:
    try:
        async with asyncio.timeout(0.3):
            await client.hset(f"cart:{customer}", mapping={"piece": customer, "count": 1})
            async with client.pipeline(transaction=True) as pipeline:
                while True:
                    try:
                        await pipeline.watch("stock")
                        left = int(await pipeline.get("stock"))
                        if not left:
                            return False
                        pipeline.multi()
                        pipeline.decr("stock")
                        pipeline.rpush("orders", customer)
                        pipeline.publish("news", customer)
                        await pipeline.execute()
                        return True
                    except WatchError:
                        continue
    except TimeoutError:
        return False


async def pack(client: Redis) -> list[str]:
    packed = []
    while True:
        try:
            async with asyncio.timeout(0.3):
                customer = await client.lpop("orders")
                if customer is None:
                    return packed
                cart = await client.hgetall(f"cart:{customer}")
                assert cart in ({}, {"piece": customer, "count": "1"}), (customer, cart)
                packed.append(customer)
        except TimeoutError:
            continue


async def hear(client: Redis, ready: asyncio.Event) -> list[str]:
    heard = []
    async with client.pubsub() as subscription:
        await subscription.subscribe("news")
        while True:
            message = await subscription.get_message(timeout=0.2)
            if message is None:
                return heard
            if message["type"] == "subscribe":
                ready.set()
            else:
                heard.append(message["data"])


async def main() -> None:
    pool = BlockingConnectionPool.from_url(os.environ["REDIS_URL"], max_connections=3, decode_responses=True, health_check_interval=10)
    async with Redis.from_pool(pool) as client:
        await client.flushall()
        await client.set("stock", PIECES)
        ready = asyncio.Event()
        hearing = asyncio.create_task(hear(client, ready))
        await asyncio.wait([hearing, asyncio.create_task(ready.wait())], return_when=asyncio.FIRST_COMPLETED)
        sold = await asyncio.gather(*(order(client, customer) for customer in range(4)))
        packed = await asyncio.gather(pack(client), pack(client))
        await hearing
        left = int(await client.get("stock"))
        assert left + sum(map(len, packed)) <= PIECES, (left, packed)
        assert sum(sold) <= PIECES - left, (sold, left)
        assert await client.mget("stock", "nothing") == [str(left), None]


asyncio.run(main())
