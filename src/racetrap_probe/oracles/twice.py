"""ACK: a message settled a second time.

## What it does
ACK003 reports a message that was settled (acknowledged, rejected, given back) and then settled again.

## Why is this bad?
The second word comes too late or contradicts the first.  A library that notices raises an error in the middle of a handler; a broker that is asked closes the channel, and
everything that was delivered over it comes again.

## Example
    try:
        async with asyncio.timeout(1):
            await handle(message)
            await message.ack()
            await log(message)
    except TimeoutError:
        await message.nak()           # the deadline may strike after the ack

## Use instead
    try:
        async with asyncio.timeout(1):
            await handle(message)
    except TimeoutError:
        await message.nak()
    else:
        await message.ack()

## Certain when
The library's roles say what settles; the first settle had ended without an error; and the second was sent too, or was refused with an error that no function of the user's own handles.
"""

from __future__ import annotations

import asyncio
from typing import Any

from .. import flow, sites
from .early import outside

CODES = {"ACK003": "a message was settled twice"}


class Settling:
    """A settle in progress.  handled: a function of the user's own takes an error of it."""

    __slots__ = ("handled", "method", "stack")

    def __init__(self, method: str, stack: sites.Stack, handled: bool) -> None:
        self.method = method
        self.stack = stack
        self.handled = handled


class Twice:
    def __init__(self, monitor: Any) -> None:
        self.monitor = monitor
        self.done: dict[int, tuple[Any, Settling]] = {}
        """By its id: each message that was settled, and how."""
        self.inside: set[int] = set()
        """Messages, by id, one of whose settling methods runs: what it calls itself is no second settle."""

    def begins(self, message: Any, method: str, stack: sites.Stack, frame: Any) -> Settling | None:
        if id(message) in self.inside:
            return None
        self.inside.add(id(message))
        return Settling(method, stack, id(message) in self.done and flow.is_handled(frame))

    def ends(self, message: Any, settling: Settling | None, error: BaseException | None) -> None:
        if settling is None:
            return
        self.inside.discard(id(message))
        known, first = self.done.get(id(message), (None, None))
        if isinstance(error, asyncio.CancelledError):
            return
        if known is not message or first is None:
            if error is None:
                self.done[id(message)] = message, settling
            return
        self._tell(first, settling, error)

    def _tell(self, first: Settling, again: Settling, error: BaseException | None) -> None:
        places = [(f"settled ({first.method})", _user(first.stack)), (f"settled again ({again.method})", _user(again.stack))]
        where = [sites.as_site(site[0], site[1], role) for role, site in places if site is not None]
        if places[0][1] == places[1][1]:  # one line for both: who called it tells them apart
            for (role, _), settling in zip(places, (first, again), strict=True):
                caller = [frame for frame in settling.stack if sites.is_user_code(frame[0])][1:2]
                where += [sites.as_site(*frame, f"{role}, from here") for frame in caller]
        certain = error is None or not again.handled
        if certain:
            self.monitor.failure_explained = error
        end = f"the second time {type(error).__name__} was raised" if error is not None else "both were sent"
        self.monitor.report(
            "ACK003", f"message settled ({first.method}) and settled again ({again.method})",
            certain=certain, key=",".join(f"{s['path']}:{s['line']}" for s in where[:2]), sites=where, detail=[end])


def _user(stack: sites.Stack) -> Any:
    return next((frame for frame in stack if sites.is_user_code(frame[0])), None) or outside(stack)
