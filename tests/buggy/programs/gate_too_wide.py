# expects: USER001 main
"""A gate that lets too many in: whoever found room is written down in the book before the count goes up.  The first caller's sleep is a sleep(0), which has no part in it."""

import asyncio


class Limiter:
    def __init__(self, most: int) -> None:
        self.most = most
        self.used = 0
        self.peak = 0

    async def enter(self) -> None:
        while self.used >= self.most:
            await asyncio.sleep(0.01)
        await self.audit()
        self.used += 1
        self.peak = max(self.peak, self.used)

    async def audit(self) -> None:
        await asyncio.sleep(0.001)

    def leave(self) -> None:
        self.used -= 1


async def job(limiter: Limiter, n: int) -> None:
    await asyncio.sleep(0.005 * n)
    await limiter.enter()
    try:
        await asyncio.sleep(0.004)
    finally:
        limiter.leave()


async def main() -> None:
    limiter = Limiter(2)
    await asyncio.gather(*(job(limiter, n) for n in range(4)))
    assert limiter.peak <= 2, limiter.peak


asyncio.run(main())
