"""The broker, embedded: one queue, sessions, and what each session has not settled yet."""

from __future__ import annotations

import asyncio
from collections import deque


class Broker:
    LATENCY = 0.001

    def __init__(self, alerts: list[str]) -> None:
        self.waiting = deque(alerts)
        self.accepted: list[str] = []
        self.refused: list[str] = []
        self._unsettled: dict[tuple[int, int], str] = {}
        self._last_session = 0

    def open_session(self) -> int:
        self._last_session += 1
        return self._last_session

    def end_session(self, session: int) -> None:
        for key in [key for key in self._unsettled if key[0] == session]:
            del self._unsettled[key]

    async def take(self, session: int, tag: int) -> str | None:
        await asyncio.sleep(self.LATENCY)
        if not self.waiting:
            return None
        alert = self.waiting.popleft()
        self._unsettled[session, tag] = alert
        return alert

    def settle(self, session: int, tag: int, accepted: bool) -> None:
        """Like XACK, a tag that the session does not hold is not an error."""
        alert = self._unsettled.pop((session, tag), None)
        if alert is not None:
            (self.accepted if accepted else self.refused).append(alert)

    async def ping(self) -> None:
        await asyncio.sleep(self.LATENCY)
