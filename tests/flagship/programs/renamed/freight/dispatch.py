"""Dispatchers carry parcels to couriers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from .channel import Carousel, Channel, Parcel
from .depot import Depot


class Dispatch:
    def __init__(self, depot: Depot, courier: Callable[[str], Awaitable[None]], seats: int = 3) -> None:
        self.carousel = Carousel(depot, seats)
        self.carried = 0
        self.turned_away = 0
        self._courier = courier

    async def empty_the_depot(self, dispatchers: int) -> None:
        async with asyncio.TaskGroup() as shift:
            for _ in range(dispatchers):
                shift.create_task(self._dispatch())

    async def _dispatch(self) -> None:
        while True:
            channel = await self.carousel.checkout()
            parcel = await channel.pick()
            if parcel is None:
                return await self.carousel.hand_back(channel)
            await self._carry(channel, parcel)

    async def _carry(self, channel: Channel, parcel: Parcel) -> None:
        try:
            await self._courier(parcel.label)
            await self.carousel.hand_back(channel)
            await parcel.conclude()
            self.carried += 1
        except LookupError:
            await parcel.refuse()
            self.turned_away += 1

    async def shut(self) -> None:
        await self.carousel.shut()
