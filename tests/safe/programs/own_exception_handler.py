"""Callbacks that may fail, in a loop whose owner looks at every failure and acts on it."""

import asyncio


async def main() -> None:
    loop = asyncio.get_running_loop()
    failed: list[dict[str, object]] = []
    loop.set_exception_handler(lambda loop, context: failed.append(context))
    prices = {"bread": 2}
    seen: list[int] = []

    async def sell(ware: str) -> None:
        await asyncio.sleep(0.02)
        prices.pop(ware, None)

    def look() -> None:
        seen.append(prices["bread"])

    loop.call_later(0.03, look)
    await sell("bread")
    await asyncio.sleep(0.1)
    assert len(seen) + len(failed) == 1


asyncio.run(main())
