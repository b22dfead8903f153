"""ACK: a message settled before its work was done.

## What it does
ACK004 reports a message that a library's worker (of one whose roles are known) acknowledged before it ran the task the message asks for.

## Why is this bad?
A worker that is killed, or whose host goes away, in the middle of a task has already told the broker that it is done: the task is lost, and nobody will run it again.

## Example
    async def callback(self, message):
        await message.ack()
        await self.run_task(message)

## Use instead
    async def callback(self, message):
        await self.run_task(message)
        await message.ack()

## Certain when
The library says of itself that it settles after the work (its roles are data, with the setting that makes it settle early on purpose, under which nothing is said), and
one task settled the message and then began the work of that message.
"""

from __future__ import annotations

from typing import Any

from .. import classes, library, loop, sites

CODES = {"ACK004": "a message was settled before its work was done"}


class Handling:
    """A message in the hands of a worker."""

    __slots__ = ("on_purpose", "settled")

    def __init__(self, on_purpose: bool) -> None:
        self.on_purpose = on_purpose
        self.settled: sites.Stack = ()


class Early:
    def __init__(self, monitor: Any) -> None:
        self.monitor = monitor
        self.open: dict[int, list[Handling]] = {}
        """By the number of its task: the messages it handles, the innermost last."""

    def settled(self, stack: sites.Stack) -> None:
        handling = self.open.get(loop.task_number())
        if handling and not handling[-1].settled:
            handling[-1].settled = stack

    def works(self, stack: sites.Stack) -> None:
        handling = self.open.get(loop.task_number())
        if not handling or not handling[-1].settled or handling[-1].on_purpose:
            return
        before = outside(handling[-1].settled)
        after = stack[0] if stack else None
        where = [sites.as_site(site[0], site[1], role) for role, site in (("settled", before), ("works on it afterwards", after)) if site]
        self.monitor.report(
            "ACK004", f"message settled in {where[0]['function']} before its work was done",
            key=",".join(f"{s['path']}:{s['line']}" for s in where), sites=where,
            detail=[f"{self.monitor.who(loop.task_number())} settled the message and then began its work"])


def outside(stack: sites.Stack) -> tuple[Any, int] | None:
    """Who settled: the innermost frame that is not the interpreter's own."""
    return next((frame for frame in stack if not sites.is_standard(frame[0]) and frame[0].co_name != "maybe_awaitable"), None)


class _Hook:
    """One of a handler's methods: the one that is called once a message, or the one that does the work."""

    def __init__(self, part: str, role: dict[str, Any]) -> None:
        self.part = part
        self.role = role

    def enter(self, monitor: Any, owner: Any, args: tuple[Any, ...], kw: dict[str, Any]) -> Any:
        early = monitor.early
        if self.part == "handles":
            unless = self.role.get("unless", {})
            value = getattr(owner, unless.get("attribute", ""), None)
            on_purpose = bool(unless) and value is not None and getattr(value, "value", value) == unless["is"]
            early.open.setdefault(loop.task_number(), []).append(Handling(on_purpose))
            return early, loop.task_number()
        early.works(sites.stack(3))
        return None

    def leave(self, monitor: Any, token: Any, result: Any) -> None:
        early, number = token
        early.open[number].pop()

    def fail(self, monitor: Any, token: Any, error: BaseException) -> None:
        self.leave(monitor, token, None)


def wrap(cls: type) -> None:
    """Wrap the methods of a class that handles messages."""
    for part, names in library.handlers().get(classes.name_of(cls), {}).items():
        for method, function in classes.methods(cls):
            if method in names:
                classes.wrap(cls, method, function, _Hook(part, names[method]))
