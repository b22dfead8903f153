# expects: ITEM002 Mailroom.deliver
"""Letters handed straight to a clerk who waits, or kept in the rack.  A clerk who has waited long enough looks at the clock and comes back."""

import asyncio
from collections import deque

LETTERS = 4


class Mailroom:
    def __init__(self) -> None:
        self._rack: deque[str] = deque()
        self._clerks: deque[tuple[asyncio.Event, list[str]]] = deque()

    def deliver(self, letter: str) -> None:
        if self._clerks:
            called, hands = self._clerks.popleft()
            hands.append(letter)
            called.set()
        else:
            self._rack.append(letter)

    async def next_letter(self) -> str:
        if self._rack:
            return self._rack.popleft()
        called: asyncio.Event = asyncio.Event()
        hands: list[str] = []
        place = called, hands
        self._clerks.append(place)
        try:
            await called.wait()
        finally:
            if place in self._clerks:
                self._clerks.remove(place)
        return hands[0]


async def post(room: Mailroom) -> None:
    for number in range(LETTERS):
        await asyncio.sleep(0.02)
        room.deliver(f"letter {number}")


async def sort(room: Mailroom, sorted_: list[str]) -> None:
    idle = 0
    while idle < 3:
        try:
            async with asyncio.timeout(0.05):
                sorted_.append(await room.next_letter())
            idle = 0
        except TimeoutError:
            idle += 1


async def main() -> None:
    room, sorted_ = Mailroom(), list[str]()
    await asyncio.gather(post(room), sort(room, sorted_))
    print(len(sorted_), "letters sorted")


if __name__ == "__main__":
    asyncio.run(main())
