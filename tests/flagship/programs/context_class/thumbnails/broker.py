"""The broker of uploads, embedded; it finishes what a stream has reserved, and nothing else."""

from __future__ import annotations

import asyncio
from collections import deque


class Uploads:
    def __init__(self, names: list[str]) -> None:
        self.names = deque(names)
        self.done: list[str] = []
        self.dead: list[str] = []

    async def reserve(self) -> str | None:
        await asyncio.sleep(0.002)
        return self.names.popleft() if self.names else None

    async def flush(self) -> None:
        await asyncio.sleep(0.001)

    async def heartbeat(self) -> None:
        await asyncio.sleep(0.001)
