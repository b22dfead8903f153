"""Connections that were given up: closed as far as the program knows, and open.

## What it does
POOL010 reports a library's connection whose closing method was called and came to an end, one way or another, while its transport stays open, and nobody has it any more.

## Why is this bad?
The pool counts it as gone and opens another one in its place: the server keeps one more idle connection for each time that happens, until it has no more.

## Example
    def terminate(self):
        try:
            self.await_(self.connection.close())      # cancelled: nothing was sent, nothing is closed
        except CancelledError:
            self.connection.terminate()               # does nothing: it is "closing" already

## Use instead
    self.await_(asyncio.shield(self.connection.close()))

## Certain when
The main coroutine is over, the transport says that it is not closing, and no coroutine, thread or module of the program reaches it other than through the loop; the classes, their
methods and where they keep the transport are data of the library (roles/).  A close that is still under way reaches it.
"""

from __future__ import annotations

from collections import Counter
from types import CodeType
from typing import Any

from .. import classes, library, probing, sites
from ..lending import follow
from .pool import in_users_code

CODES = {"POOL010": "a connection was given up and is open"}


class GivenUp:
    def __init__(self, monitor: Any) -> None:
        self.monitor = monitor
        self.ended: dict[int, tuple[Any, str, list[tuple[CodeType, sites.Stack, BaseException | None]]]] = {}
        """By its id: a transport, the class of what talked over it, and its closing calls."""
        self.under_way: Counter[int] = Counter()
        """By the id of their transports: closing calls that did not come to their end yet."""
        self.excused: set[int] = set()
        """By the id of their transports: those that were under way when main was over, and are cancelled with all the rest."""

    def on_main_end(self, loop: Any) -> None:
        if self.monitor.recorder is not None:
            return
        self.excused |= {number for number, calls in self.under_way.items() if calls}
        apart = {id(self.monitor), id(self), id(self.ended), id(loop), id(getattr(loop, "_selector", None)), id(loop.__dict__)}
        for transport, kind, calls in self.ended.values():
            if id(transport) not in self.excused and not transport.is_closing() and not probing.held_by_the_living(transport, apart, lambda container: False):
                self._tell(kind, calls)

    def _tell(self, kind: str, calls: list[tuple[CodeType, sites.Stack, BaseException | None]]) -> None:
        where, detail = [], []
        for code, _, error in calls:
            where.append(sites.as_site(code, code.co_firstlineno, "was to close it"))
            detail.append(f"{code.co_qualname} {'returned' if error is None else 'was left by ' + type(error).__name__}, and it was open")
        user = next((frame for _, stack, _ in calls if (frame := in_users_code(stack)) is not None), None)
        if user is not None:
            where.append(sites.as_site(user[0], user[1], "let go of it"))
        self.monitor.report(
            "POOL010", f"{kind} was given up and is open: nobody closes it any more", key=f"{kind}:{where[0]['path']}:{where[0]['function']}",
            resource=kind, sites=where, detail=[*dict.fromkeys(detail), "the other end keeps it for a program that has done with it"])


class _End:
    """Hook of a closing method."""

    def __init__(self, role: dict[str, Any], code: CodeType) -> None:
        self.role = role
        self.code = code

    def enter(self, monitor: Any, owner: Any, args: tuple[Any, ...], kw: dict[str, Any]) -> Any:
        transport = follow(owner, self.role["transport"])
        if not hasattr(transport, "is_closing"):
            return None
        monitor.given_up.under_way[id(transport)] += 1
        return transport, type(owner).__qualname__, sites.stack(3)

    def leave(self, monitor: Any, token: Any, result: Any) -> None:
        self.fail(monitor, token, None)

    def fail(self, monitor: Any, token: Any, error: BaseException | None) -> None:
        transport, kind, stack = token
        monitor.given_up.under_way[id(transport)] -= 1
        if not transport.is_closing():
            known = monitor.given_up.ended.get(id(transport), (transport, kind, []))
            monitor.given_up.ended[id(transport)] = transport, kind, [*known[2], (self.code, stack, error)]


def wrap(cls: type) -> None:
    """Wrap the closing methods of a connection's class."""
    role = library.connections().get(classes.name_of(cls))
    if role is None:
        return
    for method, function in classes.methods(cls):
        if method in role["ends"]:
            classes.wrap(cls, method, function, _End(role, function.__code__))
