# expects: TASK005 Exchange._fetched
"""Rates fetched once for all who ask; only the last two currencies are kept."""

import asyncio
from collections import OrderedDict


class Exchange:
    def __init__(self) -> None:
        self._kept: OrderedDict[str, asyncio.Future[float]] = OrderedDict()

    async def rate(self, currency: str) -> float:
        kept = self._kept.get(currency)
        if kept is None:
            kept = self._kept[currency] = asyncio.get_running_loop().create_future()
            if len(self._kept) > 2:
                self._kept.popitem(last=False)
            fetch = asyncio.ensure_future(self._fetch())
            fetch.add_done_callback(lambda done: self._fetched(currency, done))
        return await kept

    async def _fetch(self) -> float:
        await asyncio.sleep(0.02)
        return 1.25

    def _fetched(self, currency: str, done: "asyncio.Task[float]") -> None:
        self._kept[currency].set_result(done.result())


async def main() -> None:
    exchange = Exchange()
    async with asyncio.TaskGroup() as visitors:
        for currency in ("CHF", "DKK", "EUR", "GBP"):
            visitors.create_task(exchange.rate(currency))
            await asyncio.sleep(0.03)
    print("all served")


if __name__ == "__main__":
    asyncio.run(main())
