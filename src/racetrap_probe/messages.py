"""The settling of messages whose class's role is known: told to the rules about it, and a use of the resource it goes over.

Where a message is settled by its tag, over a channel, the two together stand for it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import CodeType
from typing import Any

from . import classes, library, sites
from .oracles import put_back


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


class _ByTag:
    """Hook of a channel's settling methods.  tag: tells the tag from their arguments."""

    def __init__(self, method: str, tag: Callable[[tuple[Any, ...], dict[str, Any]], Any]) -> None:
        self.method = method
        self.tag = tag

    def enter(self, monitor: Any, owner: Any, args: tuple[Any, ...], kw: dict[str, Any]) -> Any:
        tag = self.tag(args, kw)
        if not tag:
            return None  # 0 stands for all there are
        stack = sites.stack(3)
        monitor.early.settled(stack)
        message = monitor.tagged.setdefault((id(owner), tag), (owner, tag))
        return message, monitor.twice.begins(message, self.method, stack, sys._getframe(2))

    def leave(self, monitor: Any, token: Any, result: Any) -> None:
        monitor.twice.ends(*token, None)

    def fail(self, monitor: Any, token: Any, error: BaseException) -> None:
        monitor.twice.ends(*token, error)


class _Delivers:
    """Hook of the method in which a channel is given a message: its tag is a new one, whatever had it before."""

    def __init__(self, attribute: str) -> None:
        self.attribute = attribute

    def enter(self, monitor: Any, owner: Any, args: tuple[Any, ...], kw: dict[str, Any]) -> None:
        for message in (*args, *kw.values()):
            monitor.tagged.pop((id(owner), _get(message, self.attribute)), None)

    def leave(self, monitor: Any, token: Any, result: Any) -> None: ...

    def fail(self, monitor: Any, token: Any, error: BaseException) -> None: ...


def _get(message: Any, name: str) -> Any:
    try:
        return getattr(message, name)
    except Exception:  # noqa: BLE001 - a library's property may refuse in any way, and then nothing is known
        return None


def wrap(cls: type) -> None:
    """Wrap the settling methods of a message's class."""
    _wrap_channel(cls)
    role = library.messages().get(classes.name_of(cls))
    if role is None:
        return
    for method, function in classes.methods(cls):
        if method in role["settles"]:
            classes.wrap(cls, method, function, _Settle(role, method, function.__code__))


def _wrap_channel(cls: type) -> None:
    role = library.channels().get(classes.name_of(cls))
    if role is None:
        return
    delivers = role.get("delivers", {"method": ""})
    for method, function in classes.methods(cls):
        if method == delivers["method"]:
            classes.wrap(cls, method, function, _Delivers(delivers["attribute"]))
        names = function.__code__.co_varnames[: function.__code__.co_argcount]
        tag = next((name for name in role["tag"] if name in names), None)
        if method in role["settles"] and tag is not None:
            classes.wrap(cls, method, function, _ByTag(method, put_back.argument(names, tag)))
