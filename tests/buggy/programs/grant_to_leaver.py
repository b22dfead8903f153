# expects: WAKE002 Gate.enter
"""A gate for one car at a time.  Cars that wait too long turn round; the snow plough waits as long as it takes."""

import asyncio
from collections import OrderedDict


class Gate:
    def __init__(self) -> None:
        self._inside: str | None = None
        self._waiting: OrderedDict[str, asyncio.Event] = OrderedDict()

    async def enter(self, car: str) -> None:
        if self._inside is not None or self._waiting:
            turn = self._waiting[car] = asyncio.Event()
            try:
                await turn.wait()
            except BaseException:
                self._waiting.pop(car, None)
                raise
        self._inside = car

    def leave(self) -> None:
        self._inside = None
        if self._waiting:
            _, turn = self._waiting.popitem(last=False)
            turn.set()


async def drive(gate: Gate, car: str) -> None:
    await gate.enter(car)
    await asyncio.sleep(0.02)
    gate.leave()


async def hurried(gate: Gate, car: str) -> None:
    try:
        async with asyncio.timeout(0.1):
            await gate.enter(car)
    except TimeoutError:
        return
    await asyncio.sleep(0.02)
    gate.leave()


async def main() -> None:
    gate = Gate()
    async with asyncio.TaskGroup() as road:
        road.create_task(drive(gate, "first"))
        road.create_task(hurried(gate, "second"))
        road.create_task(drive(gate, "snow plough"))
    print("all through")


if __name__ == "__main__":
    asyncio.run(main())
