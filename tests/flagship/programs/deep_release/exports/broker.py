"""The broker, embedded."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field


@dataclass
class Broker:
    requests: deque[str] = field(default_factory=deque)
    finished: list[str] = field(default_factory=list)
    returned: list[str] = field(default_factory=list)
    latency: float = 0.001
    _open: dict[str, str] = field(default_factory=dict)

    async def next_request(self, ticket: str) -> str | None:
        await asyncio.sleep(self.latency)
        if not self.requests:
            return None
        self._open[ticket] = self.requests.popleft()
        return self._open[ticket]

    def close_request(self, ticket: str, good: bool) -> None:
        if ticket in self._open:
            (self.finished if good else self.returned).append(self._open.pop(ticket))

    async def ping(self) -> None:
        await asyncio.sleep(self.latency)
