"""One at a time, where there is only one server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turns:
    """Whoever runs the workload takes a turn.  Turns overlap until it is known that the workload talks to a real server."""

    def __init__(self) -> None:
        self.alone = False
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def taken(self) -> AsyncIterator[None]:
        if not self.alone:
            yield
            return
        async with self._lock:
            yield
