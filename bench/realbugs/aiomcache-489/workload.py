"""Prices kept in memcached.  Each is looked up with a deadline; one that is late is left out."""

import asyncio
import os

import aiomcache

DEADLINE = 0.1
ARTICLES = 6


async def price(client: aiomcache.Client, article: int) -> str:
    try:
        async with asyncio.timeout(DEADLINE):
            value = await client.get(b"price:%d" % article)
    except TimeoutError:
        return "late"
    return value.decode() if value else "unknown"


async def main() -> None:
    client = aiomcache.Client(os.environ["MEMCACHED_HOST"], int(os.environ["MEMCACHED_PORT"]), pool_size=2)
    for article in range(ARTICLES):
        await client.set(b"price:%d" % article, b"%d.99" % article)
    for first in range(0, ARTICLES, 2):
        articles = [first, first + 1]
        prices = await asyncio.gather(*(price(client, article) for article in articles))
        for article, found in zip(articles, prices, strict=True):
            print(f"article {article}: {found}")
    await client.close()


if __name__ == "__main__":
    asyncio.run(main())
