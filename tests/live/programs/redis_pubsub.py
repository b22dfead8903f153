"""Two subscribers of redis-py, one to a pattern, and a publisher: what the server pushes comes also while nobody asks."""

# server: redis

import asyncio
import os

from redis.asyncio import Redis


async def subscriber(client: Redis, ready: asyncio.Event, pattern: bool) -> list[str]:
    heard = []
    async with client.pubsub() as subscription:
        await (subscription.psubscribe("news.*") if pattern else subscription.subscribe("news.a"))
        async for message in subscription.listen():
            if message["type"].endswith("subscribe"):
                ready.set()
            elif message["data"] == "end":
                break
            else:
                heard.append(message["data"])
        await (subscription.punsubscribe() if pattern else subscription.unsubscribe())
    return heard


async def publisher(client: Redis, ready: list[asyncio.Event]) -> None:
    for event in ready:
        await event.wait()
    await client.publish("news.a", "one")
    await asyncio.gather(client.publish("news.b", "two"), client.set("sent", 1), client.publish("news.a", "three"))
    await client.publish("news.a", "end")


async def main() -> None:
    client = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
    ready = [asyncio.Event(), asyncio.Event()]
    one, all_, _ = await asyncio.gather(
        subscriber(client, ready[0], False), subscriber(client, ready[1], True), publisher(client, ready)
    )
    assert (one, sorted(all_)) == (["one", "three"], ["one", "three", "two"]), (one, all_)
    await client.aclose()


asyncio.run(main())
