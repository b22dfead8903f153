"""The settling of messages whose class's role is known: told to the rules about it, and a use of the resource it goes over."""

from __future__ import annotations

import sys
from types import CodeType
from typing import Any

from . import classes, library, sites


class _Settle:
    """Hook of a message's settling methods."""

    def __init__(self, role: dict[str, Any], method: str, code: CodeType) -> None:
        self.role = role
        self.method = method
        self.code = code
        self.many = method in role.get("many", ())

    def enter(self, monitor: Any, owner: Any, args: tuple[Any, ...], kw: dict[str, Any]) -> Any:
        many = self.many and bool(kw.get("multiple", args[0] if args else False))
        stack = sites.stack(3)
        monitor.early.settled(stack)
        call = None
        if "channel" in self.role:
            monitor.multiple.settled(self.role, owner, many, stack)
            session = _get(owner, self.role["channel"])
            call = monitor.leases.settle_begins(session, self.method, self.code) if session is not None else None
        return owner, call, monitor.twice.begins(owner, self.method, stack, sys._getframe(2))

    def leave(self, monitor: Any, token: Any, result: Any) -> None:
        owner, call, settling = token
        if call is not None:
            monitor.leases.call_ends(call, result)
        monitor.twice.ends(owner, settling, None)

    def fail(self, monitor: Any, token: Any, error: BaseException) -> None:
        owner, call, settling = token
        if call is not None:
            monitor.leases.call_ends(call, None, error)
        monitor.twice.ends(owner, settling, error)


def _get(message: Any, name: str) -> Any:
    try:
        return getattr(message, name)
    except Exception:  # noqa: BLE001 - a library's property may refuse in any way, and then nothing is known
        return None


def wrap(cls: type) -> None:
    """Wrap the settling methods of a message's class."""
    role = library.messages().get(classes.name_of(cls))
    if role is None:
        return
    for method, function in classes.methods(cls):
        if method in role["settles"]:
            classes.wrap(cls, method, function, _Settle(role, method, function.__code__))
