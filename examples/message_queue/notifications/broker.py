"""An embedded broker: queues bodies, hands them out by session, keeps what was delivered until it is settled."""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import Iterable


class Broker:
    """One queue.  A delivery belongs to the session that received it; settling a tag the session does not have does nothing."""

    def __init__(self, bodies: Iterable[str] = (), *, latency: float = 0.001) -> None:
        self.latency = latency
        self.ready: deque[str] = deque(bodies)
        self.settled: list[str] = []
        self.rejected: list[str] = []
        self._unsettled: dict[int, dict[int, str]] = {}
        self._sessions = itertools.count(1)
        self._tags = itertools.count(1)

    def publish(self, body: str) -> None:
        self.ready.append(body)

    def open_session(self, previous: int | None) -> int:
        """Start a session; deliveries of the previous one are no longer known to it."""
        if previous is not None:
            self._unsettled.pop(previous, None)
        session = next(self._sessions)
        self._unsettled[session] = {}
        return session

    async def deliver(self, session: int) -> tuple[int, str] | None:
        """The next message of the queue for this session as (tag, body), or None when the queue is empty."""
        await asyncio.sleep(self.latency)
        return self.take(session)

    def take(self, session: int) -> tuple[int, str] | None:
        if not self.ready:
            return None
        tag, body = next(self._tags), self.ready.popleft()
        self._unsettled[session][tag] = body
        return tag, body

    def settle(self, session: int, tag: int, *, accept: bool) -> None:
        body = self._unsettled.get(session, {}).pop(tag, None)
        if body is not None:
            (self.settled if accept else self.rejected).append(body)

    async def ping(self) -> None:
        await asyncio.sleep(self.latency)
