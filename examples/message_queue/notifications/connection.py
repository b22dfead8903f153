"""A connection to the broker: one session at a time, writes one after the other."""

from __future__ import annotations

import asyncio
import contextlib

from .broker import Broker
from .message import Message


class Connection:
    """Frames of one connection must not be mixed, so everything that writes takes the write lock."""

    KEEPALIVE = 1.0

    def __init__(self, broker: Broker, number: int) -> None:
        self.number = number
        self._broker = broker
        self._session: int | None = None
        self._writing = asyncio.Lock()
        self._keepalive: asyncio.Task[None] | None = None

    async def open(self) -> None:
        self._keepalive = asyncio.create_task(self._send_keepalives())

    async def close(self) -> None:
        if self._keepalive is not None:
            self._keepalive.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keepalive
            self._keepalive = None

    def begin_session(self) -> None:
        """A borrower starts with a clean slate: deliveries of earlier sessions are forgotten."""
        self._session = self._broker.open_session(self._session)

    async def receive(self) -> Message | None:
        assert self._session is not None, "receive() needs a session"
        delivery = await self._broker.deliver(self._session)
        if delivery is None:
            return None
        tag, body = delivery
        return Message(self, tag, body)

    async def settle(self, tag: int, *, accept: bool) -> None:
        async with self._writing:
            if self._session is not None:
                self._broker.settle(self._session, tag, accept=accept)

    async def _send_keepalives(self) -> None:
        while True:
            await asyncio.sleep(self.KEEPALIVE)
            async with self._writing:
                await self._broker.ping()
