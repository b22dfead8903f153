"""A counter with tickets: two customers wait for a free desk, one of them only so long."""

import asyncio

PATIENCE = 0.1


class Desks:
    def __init__(self, free: int) -> None:
        self._free = free
        self._changed = asyncio.Condition()

    async def take(self) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: self._free > 0)
            self._free -= 1

    async def give_back(self) -> None:
        async with self._changed:
            self._free += 1
            self._changed.notify()


async def serve(desks: Desks) -> None:
    try:
        await asyncio.sleep(0.03)
    finally:
        await desks.give_back()


async def hurried(desks: Desks) -> None:
    try:
        async with asyncio.timeout(PATIENCE):
            await desks.take()
    except TimeoutError:
        print("hurried customer left")
        return
    await serve(desks)
    print("hurried customer served")


async def patient(desks: Desks, number: int) -> None:
    await desks.take()
    await serve(desks)
    print(f"customer {number} served")


async def main() -> None:
    desks = Desks(free=1)
    await asyncio.gather(patient(desks, 1), hurried(desks), patient(desks, 2))


if __name__ == "__main__":
    asyncio.run(main())
