"""Two tasks may fill a cache entry twice; the values are equal and nobody minds."""

import asyncio


async def main() -> None:
    cache: dict[str, tuple[str, int]] = {}

    async def get(key: str) -> tuple[str, int]:
        if key not in cache:
            await asyncio.sleep(0.001)
            cache[key] = (key, len(key))
        return cache[key]

    results = await asyncio.gather(*(get(key) for key in ("one", "three", "one", "three")))
    assert results == [("one", 3), ("three", 5), ("one", 3), ("three", 5)]


asyncio.run(main())
