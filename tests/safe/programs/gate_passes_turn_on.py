"""A gate with events for turns: who leaves when it was just called calls the next one."""

import asyncio
from collections import OrderedDict


class Gate:
    def __init__(self) -> None:
        self._inside: str | None = None
        self._waiting: OrderedDict[str, asyncio.Event] = OrderedDict()

    async def enter(self, car: str) -> None:
        while self._inside is not None:
            turn = self._waiting[car] = asyncio.Event()
            try:
                await turn.wait()
            except BaseException:
                self._waiting.pop(car, None)
                if turn.is_set():
                    self._call_next()
                raise
        self._inside = car

    def _call_next(self) -> None:
        if self._waiting and self._inside is None:
            _, turn = self._waiting.popitem(last=False)
            turn.set()

    def leave(self) -> None:
        self._inside = None
        self._call_next()


async def drive(gate: Gate, car: str, patience: float | None) -> bool:
    try:
        async with asyncio.timeout(patience):
            await gate.enter(car)
    except TimeoutError:
        return False
    try:
        await asyncio.sleep(0.02)
    finally:
        gate.leave()
    return True


async def main() -> None:
    gate = Gate()
    through = await asyncio.gather(*(drive(gate, f"car {n}", patience) for n, patience in enumerate((None, 0.1, 0.12, None))))
    assert through[0] and through[3]


asyncio.run(main())
