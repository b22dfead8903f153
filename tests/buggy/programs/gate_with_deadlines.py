# expects: WAKE002 Gate.enter

import asyncio
from collections import deque


class Gate:
    """Room for a few at a time."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.waiting: deque[asyncio.Future[None]] = deque()

    async def enter(self) -> None:
        if self.room <= 0 or self.waiting:
            turn = asyncio.get_running_loop().create_future()
            self.waiting.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                if turn in self.waiting:
                    self.waiting.remove(turn)
                raise
        self.room -= 1

    def leave(self) -> None:
        self.room += 1
        while self.waiting:
            turn = self.waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return


async def visit(gate: Gate, name: str, patience: float) -> None:
    try:
        async with asyncio.timeout(patience):
            await gate.enter()
    except TimeoutError:
        print(name, "went home")
        return
    await asyncio.sleep(0.01)  # stands for the visit
    gate.leave()
    print(name, "was there")


async def main() -> None:
    gate = Gate(1)
    await asyncio.gather(visit(gate, "Ann", 10), visit(gate, "Bob", 0.5), visit(gate, "Cid", 60))


asyncio.run(main())
