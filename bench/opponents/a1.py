"""A token cache: looks, awaits, stores.  The second caller can look while the first still awaits."""

import asyncio


class TokenCache:
    def __init__(self) -> None:
        self.token: str | None = None
        self.fetches = 0

    async def get(self) -> str:
        if self.token is None:
            self.token = await self._fetch()
        return self.token

    async def _fetch(self) -> str:
        await asyncio.sleep(0)
        self.fetches += 1
        return f"token {self.fetches}"


async def early_caller(cache: TokenCache) -> None:
    await cache.get()


async def late_caller(cache: TokenCache) -> None:
    for _ in range(4):  # has other things to do first; by then the early caller is through
        await asyncio.sleep(0)
    await cache.get()


async def main() -> None:
    cache = TokenCache()
    await asyncio.gather(early_caller(cache), late_caller(cache))


if __name__ == "__main__":
    asyncio.run(main())
