"""ACK: a message put back for others, and then settled after all.

## What it does
ACK006 reports a message that a consumer put back and then settled, when another consumer had taken it in between.

## Why is this bad?
With the put-back the message is anybody's.  Whoever takes it keeps it on the books under the same tag, and the late settle strikes out that entry: if the other consumer dies before it has
finished, nobody knows of the message any more.

## Example
    def reject(self, tag):
        self.put_back(tag)                # another consumer may take it now
        self.strike_off(tag)              # and this is the other's entry

## Use instead
    def reject(self, tag):
        self.put_back(tag)                # moves it, and strikes off its old entry in the same step

## Certain when
The library's roles say who keeps the messages that are out, by tags that stay with them wherever they go; the consumer put the message back of its own will, another had taken it and
neither settled it nor put it back, and then the first one's settle began.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import classes, library, loop, sites
from .early import outside

CODES = {"ACK006": "a message was settled after it was put back and taken by another"}


class Taken:
    """A message in the hands of a consumer, or given back by it."""

    __slots__ = ("actor", "ledger", "stack")

    def __init__(self, ledger: Any, actor: int, stack: sites.Stack) -> None:
        self.ledger = ledger
        self.actor = actor
        self.stack = stack


class PutBack:
    def __init__(self, monitor: Any) -> None:
        self.monitor = monitor
        self.held: dict[Any, Taken] = {}
        """By tag: who took it last and has not let go of it."""
        self.back: dict[tuple[Any, int], Taken] = {}
        """By tag and the id of who put it back: from where."""
        self.forced: dict[int, int] = {}
        """By actor: in how many methods it is that put messages back without being asked to."""
        self.busy: dict[int, int] = {}
        """By actor: in how many puttings back and settles it is; what these call themselves is their own business."""

    def took(self, ledger: Any, tag: Any, stack: sites.Stack) -> None:
        self.back.pop((tag, id(ledger)), None)
        self.held[tag] = Taken(ledger, loop.task_number(), stack)

    def gives_back(self, ledger: Any, tag: Any, stack: sites.Stack) -> None:
        mine = self.held.get(tag)
        if mine is not None and mine.ledger is ledger:
            del self.held[tag]
            if not self.forced.get(loop.task_number(), 0):
                self.back[tag, id(ledger)] = Taken(ledger, loop.task_number(), stack)

    def settles(self, ledger: Any, tag: Any, stack: sites.Stack) -> None:
        now, back = self.held.get(tag), self.back.pop((tag, id(ledger)), None)
        if now is not None and now.ledger is ledger:
            del self.held[tag]
        elif now is not None and back is not None:
            self._tell(back, now, stack)

    def _tell(self, back: Taken, now: Taken, stack: sites.Stack) -> None:
        me = loop.task_number()
        places = [("put back", outside(back.stack), back.stack), ("settled after that", outside(stack), stack), ("taken by another", outside(now.stack), now.stack)]
        where = [sites.as_site(site[0], site[1], role) for role, site, _ in places if site is not None]
        for role, site, whole in places:
            user = next((frame for frame in whole if sites.is_user_code(frame[0])), None)
            if user is not None and user != site:
                where.append(sites.as_site(user[0], user[1], f"{role}, from here"))
        self.monitor.report(
            "ACK006", f"{where[1]['function']} settled a message that it had put back, while another consumer had it",
            key=",".join(f"{s['path']}:{s['line']}" for s in where[:2]), sites=where,
            detail=[f"{self.monitor.who(back.actor)} put the message back, and {self.monitor.who(now.actor)} took it",
                    f"{self.monitor.who(me)} then settled it: what is struck off is the entry of {self.monitor.who(now.actor)}"])


class _Hook:
    """A method of a ledger.  tag: tells the tag from its arguments; None: it puts messages back without being asked to."""

    def __init__(self, part: str, tag: Callable[[tuple[Any, ...], dict[str, Any]], Any] | None) -> None:
        self.part = part
        self.tag = tag

    def enter(self, monitor: Any, owner: Any, args: tuple[Any, ...], kw: dict[str, Any]) -> Any:
        book, actor = monitor.put_back, loop.task_number()
        if self.tag is None:
            book.forced[actor] = book.forced.get(actor, 0) + 1
            return book, owner, actor, None, ()
        tag = self.tag(args, kw)
        if tag is None or book.busy.get(actor, 0):
            return None
        stack = sites.stack(3)
        book.busy[actor] = 1
        if self.part == "settles":
            book.settles(owner, tag, stack)
        elif self.part == "returns":
            book.gives_back(owner, tag, stack)
        return book, owner, actor, tag, stack

    def leave(self, monitor: Any, token: Any, result: Any) -> None:
        book, owner, actor, tag, stack = token
        if self.tag is None:
            book.forced[actor] -= 1
            return
        book.busy[actor] = 0
        if self.part == "takes":
            book.took(owner, tag, stack)

    def fail(self, monitor: Any, token: Any, error: BaseException) -> None:
        book, owner, actor, tag, _ = token
        if self.tag is None:
            book.forced[actor] -= 1
            return
        book.busy[actor] = 0
        if self.part == "returns":
            book.back.pop((tag, id(owner)), None)  # whether it is back, nobody knows


def argument(names: tuple[str, ...], name: str) -> Callable[[tuple[Any, ...], dict[str, Any]], Any]:
    """The value of the argument of that name; names: of all of them, `self` first."""
    at = names.index(name) - 1

    def value(args: tuple[Any, ...], kw: dict[str, Any]) -> Any:
        return args[at] if at < len(args) else kw.get(name)

    return value


def wrap(cls: type) -> None:
    """Wrap the methods of a class that keeps the messages that are out."""
    role = library.ledgers().get(classes.name_of(cls))
    if role is None:
        return
    for method, function in classes.methods(cls):
        names = function.__code__.co_varnames[: function.__code__.co_argcount]
        tag = next((name for name in role["tag"] if name in names), None)
        for part in ("takes", "returns", "settles"):
            if method in role[part] and tag is not None:
                classes.wrap(cls, method, function, _Hook(part, argument(names, tag)))
        if method in role.get("unasked", ()):
            classes.wrap(cls, method, function, _Hook("unasked", None))
