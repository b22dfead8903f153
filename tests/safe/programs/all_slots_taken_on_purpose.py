"""All slots are taken by tasks that end with them in the hands of another, and the next one is to be refused after a while."""

import asyncio


class Slots:
    def __init__(self, count: int) -> None:
        self.free = asyncio.Semaphore(count)

    async def take(self) -> int:
        await asyncio.sleep(0.01)  # stands for a connect
        await self.free.acquire()
        return self.free._value

    def give_back(self) -> None:
        self.free.release()


async def is_refused(slots: Slots) -> bool:
    try:
        async with asyncio.timeout(2):
            await slots.take()
    except TimeoutError:
        return True
    return False


async def main() -> None:
    slots = Slots(2)
    await asyncio.gather(slots.take(), slots.take())
    assert await is_refused(slots)
    slots.give_back()
    await slots.take()


asyncio.run(main())
