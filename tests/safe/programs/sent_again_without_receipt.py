"""Parcels handed to a courier who waits; one without a receipt is handed over again."""

import asyncio
from collections import deque

PARCELS = 4


class Depot:
    def __init__(self) -> None:
        self._waiting: deque[tuple[asyncio.Event, list[str]]] = deque()
        self._stock: deque[str] = deque()
        self.receipts: set[str] = set()

    def hand_over(self, parcel: str) -> None:
        if self._waiting:
            called, hands = self._waiting.popleft()
            hands.append(parcel)
            called.set()
        else:
            self._stock.append(parcel)

    async def take(self) -> str:
        if self._stock:
            return self._stock.popleft()
        called, hands = asyncio.Event(), list[str]()
        mine = called, hands
        self._waiting.append(mine)
        try:
            await called.wait()
        finally:
            if mine in self._waiting:
                self._waiting.remove(mine)
        return hands[0]


async def send(depot: Depot) -> None:
    for number in range(PARCELS):
        parcel = f"parcel {number}"
        depot.hand_over(parcel)
        await asyncio.sleep(0.05)
        while parcel not in depot.receipts:
            depot.hand_over(parcel)
            await asyncio.sleep(0.05)


async def courier(depot: Depot) -> None:
    while len(depot.receipts) < PARCELS:
        try:
            async with asyncio.timeout(0.07):
                depot.receipts.add(await depot.take())
        except TimeoutError:
            continue


async def main() -> None:
    depot = Depot()
    await asyncio.gather(send(depot), courier(depot))
    assert len(depot.receipts) == PARCELS


asyncio.run(main())
