"""Exchange rates behind a small cache: fetched once per currency, kept for a minute."""

import asyncio

from async_lru import alru_cache

CURRENCIES = ["CHF", "DKK", "EUR", "GBP", "JPY"]


class Rates:
    @alru_cache(maxsize=2, ttl=60)
    async def rate(self, currency: str) -> str:
        await asyncio.sleep(0.02)  # stands for asking a server
        return f"rate of {currency}"


async def show(rates: Rates, currency: str) -> None:
    print(f"{currency}: {await rates.rate(currency)}")


async def main() -> None:
    rates = Rates()
    async with asyncio.TaskGroup() as visitors:
        for currency in CURRENCIES:
            visitors.create_task(show(rates, currency))
            await asyncio.sleep(0.04)


if __name__ == "__main__":
    asyncio.run(main())
