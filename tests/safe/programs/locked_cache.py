"""Double-checked caching with a lock: one fetch, whoever comes first."""

import asyncio


class Cache:
    def __init__(self) -> None:
        self.value: str | None = None
        self.fetches = 0
        self.filling = asyncio.Lock()

    async def get(self) -> str:
        if self.value is None:
            async with self.filling:
                if self.value is None:
                    await asyncio.sleep(0.002)
                    self.fetches += 1
                    self.value = "value"
        return self.value


async def main() -> None:
    cache = Cache()

    async def later() -> str:
        await asyncio.sleep(0.001)
        return await cache.get()

    assert set(await asyncio.gather(cache.get(), later(), later())) == {"value"}
    assert cache.fetches == 1


asyncio.run(main())
