"""Three tasks that read keys from Redis over one client; the connection pool is redis-py's own."""

import asyncio
import os

from redis.asyncio import Redis


async def read(client: Redis, n: int, got: list[str]) -> None:
    first = await client.get(f"key:{n}")
    got += [first, await client.get(f"key:{n}")]


async def main() -> None:
    async with Redis(host=os.environ["REDIS_HOST"], port=int(os.environ["REDIS_PORT"]), decode_responses=True) as client:
        await client.mset({f"key:{n}": str(n) for n in range(3)})
        got: list[str] = []
        await asyncio.gather(*(read(client, n, got) for n in range(3)))
        assert len(got) == 6


if __name__ == "__main__":
    asyncio.run(main())
