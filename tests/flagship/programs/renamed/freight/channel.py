"""Channels to the depot, and the carousel they stand on while nobody needs them."""

from __future__ import annotations

import asyncio
from collections import deque

from .depot import Depot


class Parcel:
    def __init__(self, channel: Channel, slip: int, label: str) -> None:
        self.label = label
        self._channel = channel
        self._slip = slip

    async def conclude(self) -> None:
        await self._channel.sign(self._slip, True)

    async def refuse(self) -> None:
        await self._channel.sign(self._slip, False)


class Channel:
    """Slips are valid for one shift; a slip of an earlier shift means nothing."""

    def __init__(self, depot: Depot) -> None:
        self._depot = depot
        self._slips: dict[int, str] = {}
        self._last_slip = 0
        self._pen = asyncio.Lock()
        self._humming: asyncio.Task[None] | None = None

    def start_shift(self) -> None:
        self._slips = {}
        if self._humming is None:
            self._humming = asyncio.create_task(self._hum())

    async def pick(self) -> Parcel | None:
        label = await self._depot.pick()
        if label is None:
            return None
        self._last_slip += 1
        self._slips[self._last_slip] = label
        return Parcel(self, self._last_slip, label)

    async def sign(self, slip: int, fine: bool) -> None:
        async with self._pen:
            if slip in self._slips:
                self._depot.sign(self._slips.pop(slip), fine)

    async def _hum(self) -> None:
        while True:
            await asyncio.sleep(1)
            async with self._pen:
                await self._depot.hum()

    async def shut(self) -> None:
        if self._humming is not None:
            self._humming.cancel()
            await asyncio.wait([self._humming])


class Carousel:
    def __init__(self, depot: Depot, seats: int) -> None:
        self._channels = [Channel(depot) for _ in range(seats)]
        self._round = deque(self._channels)
        self._bell = asyncio.Condition()

    @property
    def standing(self) -> int:
        return len(self._round)

    async def checkout(self) -> Channel:
        async with self._bell:
            while not self._round:
                await self._bell.wait()
            channel = self._round.popleft()
            channel.start_shift()
            return channel

    async def hand_back(self, channel: Channel) -> None:
        async with self._bell:
            self._round.append(channel)
            self._bell.notify()

    async def shut(self) -> None:
        for channel in self._channels:
            await channel.shut()
