"""Sleeps whose order is asserted, more than the permitted lateness apart."""

import asyncio


async def main() -> None:
    order: list[str] = []

    async def after(seconds: float, name: str) -> None:
        await asyncio.sleep(seconds)
        order.append(name)

    await asyncio.gather(after(6, "last"), after(0.1, "first"), after(3, "second"))
    assert order == ["first", "second", "last"], order


asyncio.run(main())
