"""A worker that counts what it does in Redis, with a heartbeat beside it; both use one client with a single connection."""

import asyncio
import os

from redis.asyncio import Redis

STEPS = 3
PERIOD = 0.04


async def beat(client: Redis) -> None:
    for number in range(STEPS):
        await client.set("heartbeat", number)
        await asyncio.sleep(PERIOD)


async def work(client: Redis) -> None:
    await asyncio.sleep(PERIOD / 2)
    for _ in range(STEPS):
        print(f"done {await client.incr('done')}")
        await asyncio.sleep(PERIOD)


async def main() -> None:
    async with Redis(
        host=os.environ["REDIS_HOST"], port=int(os.environ["REDIS_PORT"]), single_connection_client=True
    ) as client:
        await client.delete("done")
        await asyncio.gather(beat(client), work(client))


if __name__ == "__main__":
    asyncio.run(main())
