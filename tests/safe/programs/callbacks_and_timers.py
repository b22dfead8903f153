"""loop.call_later callbacks in the order of their due times, and a debounce on top of them."""

import asyncio


class Debounce:
    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.timer: asyncio.TimerHandle | None = None
        self.fired = 0

    def poke(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
        self.timer = asyncio.get_running_loop().call_later(self.seconds, self.fire)

    def fire(self) -> None:
        self.fired += 1


async def main() -> None:
    order: list[int] = []
    loop = asyncio.get_running_loop()
    for number in (3, 1, 2):
        loop.call_later(number / 10, order.append, number)
    debounce = Debounce(0.5)
    for _ in range(3):
        debounce.poke()
        await asyncio.sleep(0)
    await asyncio.sleep(5)
    assert order == [1, 2, 3]
    assert 1 <= debounce.fired <= 3


asyncio.run(main())
