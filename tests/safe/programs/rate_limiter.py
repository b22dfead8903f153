"""A token bucket refilled by the clock: late wake-ups only make it slower."""

import asyncio


class Bucket:
    def __init__(self, rate: float, size: int) -> None:
        self.rate, self.size, self.tokens = rate, size, float(size)
        self.filled = asyncio.get_running_loop().time()
        self.turn = asyncio.Lock()

    async def take(self) -> None:
        async with self.turn:
            while True:
                now = asyncio.get_running_loop().time()
                self.tokens = min(self.size, self.tokens + (now - self.filled) * self.rate)
                self.filled = now
                if self.tokens >= 1:
                    self.tokens -= 1
                    return
                await asyncio.sleep((1 - self.tokens) / self.rate + 0.001)


async def main() -> None:
    bucket = Bucket(10, 2)
    began = asyncio.get_running_loop().time()
    await asyncio.gather(*(bucket.take() for _ in range(6)))
    assert asyncio.get_running_loop().time() - began >= 0.35


asyncio.run(main())
