"""ITEM: an item was given to somebody who was leaving.

## What it does
ITEM002 reports an item that a method such as `send(item)` put into the hands of one waiting task, in the moment in which that task was cancelled: the task
leaves, and the item with it.

## Why is this bad?
The sender was told that all went well, and nobody will ever see the item: a message in a thousand is lost under load.

## Example
    def put(self, item):
        if self.waiters:
            event, box = self.waiters.popleft()
            box.append(item)          # a deadline may have cancelled that waiter, or strike before it goes on
            event.set()
        else:
            self.items.append(item)

    async def get(self):
        event, box = asyncio.Event(), []
        self.waiters.append((event, box))
        await event.wait()            # CancelledError: the box, and what is in it, is forgotten
        return box[0]

## Use instead
    try:
        await event.wait()
    except BaseException:
        if box:
            self.items.appendleft(box[0])
        else:
            self.waiters.remove((event, box))
        raise

or keep the item where it is and only wake the waiter, which then takes it, as asyncio.Queue does.

## Certain when
The waiter was woken and cancelled before it could go on; what holds the item was made by the waiter and is out of everybody's reach afterwards; the code that
runs when the waiter is cancelled does not look at it; the sender did not wait for a receipt; and, asked in a fork, the same call keeps an item when nobody waits
for it (a channel; a broadcast to whoever listens does not).  The item was never given again, other items were, and the run passed or hangs.
Where one of the last two is open it is a note.
"""

from __future__ import annotations

import asyncio
import functools
from collections import deque
from typing import Any

from .. import current, flow, probing, sites

CODES = {"ITEM002": "an item was given to a waiter that left by cancellation"}

_CONTAINERS = (list, deque, set, dict)
_NOBODY = (None, True, False)
MOST_NODES = 5_000
MOST_CALLS = 20


class Given:
    """An item in the hands of a task that leaves."""

    __slots__ = ("again", "box", "forgets", "giver", "item", "later", "left", "vain")

    def __init__(self, vain: Any, item: Any, box: Any, frame: Any, forgets: bool) -> None:
        self.vain = vain
        self.giver = vain.giver
        self.item = item
        self.box = box
        self.left = frame.f_code, frame.f_lineno
        self.forgets = forgets
        self.again = False
        """The same item was given once more."""
        self.later = 0
        """Other items given after it."""


class Lost:
    def __init__(self, monitor: Any) -> None:
        self.monitor = monitor
        self.given: list[Given] = []

    # --------------------------------------------------------------- seeing it
    def on_in_vain(self, vain: Any) -> None:
        """A task was woken and leaves: does it hold something its waker was called with?"""
        giver = vain.giver
        if giver is None or self.monitor.recorder is not None:
            return
        for frame in reversed(list(sites.frames_of(vain.task.get_coro()))):
            code = frame.f_code
            made = [(name, box) for name, box in frame.f_locals.items()
                    if name not in code.co_varnames[: code.co_argcount] and box is not giver.owner]
            for name, box in sorted(made, key=lambda n: type(n[1]) not in _CONTAINERS):
                item = next((a for a in giver.args if not any(a is n for n in _NOBODY) and _contains(box, a)), None)
                if item is not None and self._is_kept(giver):
                    self.given.append(Given(vain, item, box, frame, flow.only_forgets(frame, name)))
                    _listen(giver)
                    return

    def _is_kept(self, giver: Any) -> bool:
        """Does the call keep an item nobody waits for?  Asked once per place and process."""
        asked = self.monitor.roles.asked
        key = f"keeps {giver.code.co_qualname}:{giver.code.co_firstlineno}"
        if key not in asked:
            loop = asyncio._get_running_loop()
            answer = probing.ask(lambda: {"kept": _keeps(self.monitor.engine, loop, giver)})
            asked[key] = int(bool(answer and answer["kept"]))
        return bool(asked[key])

    def on_give(self, owner: Any, args: tuple[Any, ...]) -> None:
        for given in self.given:
            if given.giver.owner is owner:
                if any(a is given.item for a in args):
                    given.again = True
                else:
                    given.later += 1

    # --------------------------------------------------------------- judging it
    def on_hang(self, waiting: list[Any]) -> None:
        if self._look():
            self.monitor.explain_hang("ITEM002")

    def at_end(self) -> None:
        monitor = self.monitor
        if monitor.engine.outcome is None and not monitor.workload_failed:
            self._look()

    def _look(self) -> bool:
        lost = False
        for given in self.given:
            if given.again or not given.forgets or not all(flow.returns_at_once(*call) for call in given.giver.how):
                continue
            if given.vain.task.done() and given.vain.task.cancelled() is False and given.vain.task.exception() is not None:
                continue
            where = self._sites(given)
            key = ",".join(f"{s['path']}:{s['line']}" for s in where[:2])
            if f"ITEM002:{key}" in self.monitor.roles.confirmed:  # told already; the search masks it
                lost |= given.later > 0
                continue
            if not probing.held_by_the_living(given.box, {id(self), id(self.given), id(given)}, lambda container: False):
                self._tell(given, where, key)
                lost |= given.later > 0
        return lost

    def _sites(self, given: Given) -> list[dict[str, Any]]:
        giver, vain = given.giver, given.vain
        given_at = next((frame for frame in giver.stack if sites.is_user_code(frame[0])), None)
        places = [("given to one that was leaving", (giver.code, giver.line)), ("left with it", given.left),
                  ("given", given_at), ("left by cancellation", vain.stood)]
        return [sites.as_site(site[0], site[1], role) for role, site in places if site is not None]

    def _tell(self, given: Given, where: list[dict[str, Any]], key: str) -> None:
        call = f"{type(given.giver.owner).__qualname__}.{given.giver.outer[0]}"
        self.monitor.report(
            "ITEM002", f"an item given to {call} reached a task that left by cancellation, and nobody else", certain=given.later > 0,
            key=key, sites=where,
            detail=[f"{self.monitor.who(given.vain.number)} was woken with the item and cancelled before it could go on",
                    f"asked in a fork, {call} keeps an item that nobody waits for"])


def _contains(box: Any, item: Any) -> bool:
    """Is it, or has it, a container of its own with that very object in it?"""
    kind = type(box)
    if kind in _CONTAINERS:
        return any(x is item for x in (box.values() if kind is dict else box))
    if isinstance(box, (asyncio.Future, asyncio.Event, type, tuple, str, bytes)) or kind.__module__ == "builtins":
        return False
    values = [getattr(box, name, None) for c in kind.__mro__ for name in _slots(c)] + list(getattr(box, "__dict__", {}).values())
    return any(v is item for v in values)


def _slots(cls: type) -> tuple[str, ...]:
    slots = cls.__dict__.get("__slots__", ())
    return (slots,) if isinstance(slots, str) else tuple(slots)


# ------------------------------------------------------------------ the child
def _keeps(engine: Any, loop: Any, giver: Any) -> bool:
    """Call it with nobody waiting: does each further call leave one more of the item with its object?"""
    name, args = giver.outer
    item = args[0]
    asyncio._set_running_loop(loop)  # asyncio knows that this is another process
    loop._ready.clear()  # nobody else goes on
    loop._scheduled.clear()
    engine.pending.clear()
    grown = 0
    for _ in range(MOST_CALLS):
        before = _places(giver.owner, item)
        result = getattr(giver.owner, name)(*args)
        if asyncio.iscoroutine(result):
            task = loop.create_task(result)
            probing.drive(engine, loop, task.done, turns=50)
        grown = grown + 1 if _places(giver.owner, item) > before else 0
        if grown == 2:
            return True
    return False


def _places(root: Any, item: Any) -> int:
    """In how many places of containers below `root` the item stands."""
    todo, seen, count = [root], set[int](), 0
    while todo and len(seen) < MOST_NODES:
        value = todo.pop()
        if id(value) in seen or isinstance(value, (asyncio.Future, asyncio.AbstractEventLoop, type, str, bytes, int, float)) or callable(value):
            continue
        seen.add(id(value))
        if isinstance(value, (list, tuple, set, deque, dict)):
            inside = [*value.values(), *value] if isinstance(value, dict) else list(value)
            count += sum(x is item for x in inside)
        else:
            inside = list(getattr(value, "__dict__", {}).values())
            inside += [getattr(value, name, None) for c in type(value).__mro__ for name in _slots(c)]
        todo += inside
    return count


# ------------------------------------------------------------------ listening
def _listen(giver: Any) -> None:
    """From now on, every call of that method is told to the execution's Lost; once per class."""
    name = giver.code.co_name
    for cls in type(giver.owner).__mro__:
        stock = cls.__dict__.get(name)
        if stock is not None:
            if getattr(stock, "__code__", None) is giver.code:
                setattr(cls, name, _telling(stock))
            return


def _telling(stock: Any) -> Any:
    @functools.wraps(stock)
    def method(self: Any, *args: Any, **kw: Any) -> Any:
        engine = current.engine
        if engine is not None and engine.monitor is not None and not engine.quiet:
            engine.monitor.lost.on_give(self, (*args, *kw.values()))
        return stock(self, *args, **kw)
    return method
