"""Pages of user profiles.  Each profile is looked up in Redis with a deadline; one that is late is left out of its page."""

import asyncio
import os

from redis.asyncio import Redis

DEADLINE = 0.1
USERS = 6


async def profile(client: Redis, user: int) -> str:
    try:
        async with asyncio.timeout(DEADLINE):
            return await client.get(f"user:{user}")
    except TimeoutError:
        return "late"


async def page(client: Redis, users: list[int]) -> list[str]:
    return await asyncio.gather(*(profile(client, user) for user in users))


async def main() -> None:
    async with Redis(
        host=os.environ["REDIS_HOST"], port=int(os.environ["REDIS_PORT"]), decode_responses=True
    ) as client:
        await client.mset({f"user:{user}": f"person {user}" for user in range(USERS)})
        for first in range(0, USERS, 2):
            users = [first, first + 1]
            for user, name in zip(users, await page(client, users), strict=True):
                print(f"user {user}: {name}")


if __name__ == "__main__":
    asyncio.run(main())
