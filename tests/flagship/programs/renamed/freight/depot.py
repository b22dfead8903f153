"""The depot keeps parcels until somebody signs for them."""

from __future__ import annotations

import asyncio
from collections import deque


class Depot:
    def __init__(self, *labels: str) -> None:
        self.shelf = deque(labels)
        self.delivered: list[str] = []
        self.refused: list[str] = []

    async def pick(self) -> str | None:
        await asyncio.sleep(0.001)
        return self.shelf.popleft() if self.shelf else None

    def sign(self, label: str, fine: bool) -> None:
        (self.delivered if fine else self.refused).append(label)

    async def hum(self) -> None:
        await asyncio.sleep(0.001)
