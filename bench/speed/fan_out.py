"""A script without third-party imports: asks three sources at once and keeps the best answer."""

import asyncio
import itertools


class Source:
    def __init__(self, name: str, delay: float) -> None:
        self.name = name
        self.delay = delay

    async def price(self, item: str) -> tuple[int, str]:
        await asyncio.sleep(self.delay)
        return len(item) * len(self.name), self.name


async def best_price(sources: list[Source], item: str) -> tuple[int, str]:
    return min(await asyncio.gather(*(source.price(item) for source in sources)))


async def main() -> None:
    sources = [Source(name, delay) for name, delay in (("east", 0.01), ("west", 0.02), ("harbour", 0.005))]
    limit = asyncio.Semaphore(2)

    async def ask(item: str) -> tuple[int, str]:
        async with limit:
            return await best_price(sources, item)

    prices = await asyncio.gather(*(ask(item) for item in ("tea", "milk", "bread")))
    assert [price for price, _ in prices] == [12, 16, 20]
    assert list(itertools.chain(name for _, name in prices)) == ["east", "east", "east"]


if __name__ == "__main__":
    asyncio.run(main())
