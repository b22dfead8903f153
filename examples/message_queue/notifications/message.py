"""A message as the consumer sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .connection import Connection


@dataclass(frozen=True, slots=True)
class Message:
    connection: Connection
    tag: int
    body: str

    async def ack(self) -> None:
        """Tell the broker that the message is done."""
        await self.connection.settle(self.tag, accept=True)

    async def nack(self) -> None:
        """Tell the broker that the message cannot be handled."""
        await self.connection.settle(self.tag, accept=False)
