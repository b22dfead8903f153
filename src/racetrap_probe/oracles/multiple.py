"""ACK: one settle for many messages that takes somebody else's with it.

## What it does
ACK005 reports an ack or nack with the flag "multiple" that covered a message of another consumer of the same channel, which that consumer settled itself afterwards.

## Why is this bad?
Delivery tags belong to the channel, not to the consumer.  A nack gives the other's message back while it is worked on: it is handled twice; an ack says it is done while it is
not.  The other's own settle then names a tag the broker no longer knows, and the channel dies.

## Example
    async def close(self):
        while not self.buffer.empty():
            last = self.buffer.get_nowait()
        await last.nack(multiple=True)        # and everything that was delivered before it, to whomever

## Use instead
    while not self.buffer.empty():
        await self.buffer.get_nowait().nack()

or a channel for each consumer.

## Certain when
The library's roles say where a message keeps its tag, its channel and its consumer; the tag of the message that was settled later is not above the one of the multiple settle, both went over the same channel,
and the consumers are two.
"""

from __future__ import annotations

from typing import Any

from .. import sites
from .early import outside

CODES = {"ACK005": "a settle of many messages took another consumer's with it"}


class Multiple:
    def __init__(self, monitor: Any) -> None:
        self.monitor = monitor
        self.many: list[tuple[Any, Any, Any, sites.Stack]] = []
        """(channel, tag, consumer, from where) of each settle with the flag."""

    def settled(self, role: dict[str, Any], message: Any, many: bool, stack: sites.Stack) -> None:
        channel, tag, consumer = (_get(message, role[name]) for name in ("channel", "tag", "consumer"))
        if channel is None or not isinstance(tag, int):
            return
        for other, upto, by, where in self.many:
            if other is channel and tag <= upto and by != consumer:
                self._tell(where, stack)
        if many:
            self.many.append((channel, tag, consumer, stack))

    def _tell(self, before: sites.Stack, after: sites.Stack) -> None:
        first, then = outside(before), outside(after)
        user = next((frame for frame in after if sites.is_user_code(frame[0])), None)
        places = [("settled many at once", first), ("settled one of them", then), ("settled one of them", user)]
        unique = dict.fromkeys((site, role) for role, site in places if site is not None)
        where = [sites.as_site(site[0], site[1], role) for site, role in unique]
        self.monitor.report(
            "ACK005", f"{where[0]['function']} settled the message of another consumer with its own",
            key=f"{where[0]['path']}:{where[0]['line']}", sites=where,
            detail=["delivery tags belong to the channel: a multiple settle covers what was delivered to every consumer on it"])


def _get(message: Any, name: str) -> Any:
    try:
        return getattr(message, name)
    except Exception:  # noqa: BLE001 - a library's property may refuse in any way, and then nothing is known
        return None
