"""The full list of events of one execution: kept only when it was asked for (a recorded run, a run that keeps constraints).

An event is a row

    [number, virtual seconds, turn of the loop, kind, actor, object, path, line, function, after, n, detail, via]

`after` is the number of the event that led to it: the one before it in the same step of its task, or else what made that step
ready (a delivery, another task's release, set or end; -1: nothing that was seen).  Following it leads back to where everything begins: an
arrival, a timer, the start of the program.

An event is known again in another execution by (actor's key, kind, path, function, line, n): the n-th of its kind by that actor at that place.  An actor's key
does not depend on when other tasks were made: it is the path of coroutine names from the main task down, each with its number among its equals,
`main#1/Consumer._work#2`; of a thread, its function and its number among those of that function.

What can be held back, an arrival or a timer, is an *item*, and is known again in the same way: the n-th `sleep`, `sleep0`, `job`, `timer` ...
that its actor began to wait for at that place.  So is a thread that stands somewhere, and could be made to stand there longer: before a `line`, at a `point`
in installed code, where it `blocks`, before it can `begin`.  When a thread goes on after another one has run, the event `go` has that item.
"""

from __future__ import annotations

import sys
from asyncio import tasks
from collections import Counter
from functools import partial
from typing import Any

from . import loop, sites
from .schedule import CONNECTION, THREAD, connection_of

Identity = tuple[str, str, str, str, int, int]
"""(actor's key, kind, path, function, line, n)."""

NOWHERE = ("?", "?", 0)
VIA = 5
"""Frames of user code kept with an event, beside the innermost one."""


class Book:
    """The events of one execution.

    steps: also each task's steps, where it goes on and where it waits.  They cost as much as all else together.
    """

    def __init__(self, engine: Any, steps: bool) -> None:
        self.engine = engine
        self.steps = steps
        self.rows: list[list[Any]] = []
        self.last = -1
        """The event that what happens now follows from."""
        self.heard: Any = None
        """Called with the identity of each event."""
        self.keys: dict[int, str] = {0: "loop"}
        self.names: dict[int, str] = {0: "the event loop"}
        self.parents: dict[int, int] = {}
        self.never: list[list[Any]] = []
        """Arrivals nobody waits for any more: [item, due, the event before that was seen]."""
        self._children: Counter[tuple[int, str]] = Counter()
        self._counts: Counter[tuple[Any, ...]] = Counter()
        self._born: dict[int, tuple[Any, int]] = {}
        """By its id: each handle that waits to be run, and the event that made it ready."""
        self._timers: dict[int, tuple[Any, Identity, str]] = {}
        self._labels: dict[int, tuple[Any, str]] = {}
        self._kinds: Counter[str] = Counter()
        self._places: dict[tuple[Any, int], tuple[str, str, int]] = {}
        self._whence: dict[Identity, tuple[str, str, int]] = {}
        """Of an item of installed code: the project's line that called it."""
        self._left: dict[int, int] = {}
        """By thread: the event its next one follows from."""

    # ---------------------------------------------------------------- names
    def key(self, actor: int) -> str:
        known = self.keys.get(actor)
        if known is None and THREAD < actor <= CONNECTION:
            known = self.keys[actor] = self.names[actor] = connection_of(actor)
        return known or f"task#{actor}"

    def spawned(self, number: int, parent: int, coro: Any, site: Any) -> None:
        name = getattr(coro, "__qualname__", "?")
        self._children[parent, name] += 1
        own = f"{name}#{self._children[parent, name]}"
        self.keys[number] = f"{self.keys[parent]}/{own}" if parent in self.parents else own
        self.names[number] = name
        self.parents[number] = parent
        self.record("spawn", parent, f"task {number}", site, detail=name)

    def begins_thread(self, actor: int, name: str) -> None:
        """A thread is started: known again as the n-th of its function."""
        self._children[0, name] += 1
        self.keys[actor] = f"thread {name}#{self._children[0, name]}"
        self.names[actor] = name

    def label(self, value: Any) -> str:
        """A name for an object: its class and its number among those that were mentioned."""
        known = self._labels.get(id(value))
        if known is None:
            kind = type(value).__name__
            self._kinds[kind] += 1
            known = self._labels[id(value)] = value, f"{kind} #{self._kinds[kind]}"
        return known[1]

    def place(self, site: Any) -> tuple[str, str, int]:
        if site is None:
            return NOWHERE
        known = self._places.get(site)
        if known is None:
            code, line = site
            known = self._places[site] = sites.relative(code.co_filename), code.co_qualname, line or code.co_firstlineno
        return known

    # --------------------------------------------------------------- events
    def record(self, kind: str, actor: int | None = None, what: str = "", site: Any = None, detail: str = "", stack: Any = (),
               item: Identity | None = None, place: tuple[str, str, int] | None = None) -> int:
        """Append one event -> its number.

        item: the arrival or timer that comes with it; its identity is the event's.
        """
        if actor is None:
            actor = loop.task_number()
        if stack and not sites.is_user_code(stack[0][0]):
            site = next((frame for frame in stack if sites.is_user_code(frame[0])), site)
        path, function, line = place or self.place(site)
        if item is None:
            name = self.key(actor), kind, path, function, line
            self._counts[name] += 1
            identity: Identity = (*name, self._counts[name])
        else:
            identity = item
        number = len(self.rows)
        via = [list(self.place(frame)) for frame in stack[1:VIA] if sites.is_user_code(frame[0])] if stack else []
        self.rows.append([number, self.engine.now, self.engine.turns, kind, actor, what, path, line, function, self.last, identity[5], detail, via])
        self.last = number
        if self.heard is not None:
            self.heard(identity)
        return number

    def latest(self, actor: int, kinds: tuple[str, ...], path: str, line: int) -> int | None:
        """The last event of these kinds by that actor at that line; None if there is none."""
        return next((row[0] for row in reversed(self.rows) if row[4] == actor and row[3] in kinds and row[6] == path and row[7] == line), None)

    def vain(self, task: Any, site: Any, now: bool) -> None:
        """A task was woken and has been cancelled: what woke it led to nothing.  now: what woke it is the last event."""
        before = self.last
        if not now:
            self.last = next((after for handle, after in self._born.values() if getattr(handle._callback, "__self__", None) is task), -1)
        self.record("vain", task.racetrap_number, site=site)
        self.last = before

    def here(self, kind: str, owner: Any, frame: Any) -> int:
        """The running task does something to one of asyncio's objects, at the innermost line of the user's code above `frame`."""
        return self.record(kind, None, self.label(owner), sites.user_site(frame))

    # ---------------------------------------------------------------- items
    def item(self, kind: str, actor: int, site: Any) -> Identity:
        """The identity of an arrival that its actor begins to wait for."""
        name = self.key(actor), kind, *self.place(site)
        self._counts["item", *name] += 1
        identity = (*name, self._counts["item", *name])
        if site is not None and not sites.is_user_code(site[0]) and kind != "network":
            whence = sites.user_site(sys._getframe(1))
            if sites.is_user_code(whence[0]):
                self._whence[identity] = self.place((whence[0], whence[1]))
        return identity

    def comes(self, arrival: Any, late: float, before: Any) -> None:
        """An arrival is handed over.  before: what is next on the clock, where it was made to come just before that."""
        self.last = -1
        about = list(self.item_of(before)) if before is not None else None
        self.record("deliver", arrival.actor, arrival.kind, arrival.site, item=arrival.item,
                    detail=f"late by {late:.6g} s" if late > 1e-6 else "")
        self._called(arrival.item)
        self.rows[-1].append([list(arrival.item), about, len(self.engine.decisions)])

    def _called(self, item: Identity) -> None:
        if item in self._whence:
            self.rows[-1][12] = [list(self._whence[item])]

    def item_of(self, thing: Any) -> Identity:
        """Of an arrival or of a timer's handle."""
        item = getattr(thing, "item", None)
        if item is not None:
            return item  # type: ignore[no-any-return]
        known = self._timers.get(id(thing))
        return known[1] if known is not None else ("loop", "timer", *NOWHERE, 0)

    def stays(self, item: Identity) -> None:
        """A `sleep(0)` keeps its place: no event, but whoever waits for its end need not wait longer."""
        if self.heard is not None:
            self.heard(item)

    def leaves(self, arrival: Any) -> None:
        """Whoever waited for it has left, or the run is over."""
        self.never.append([list(arrival.item), arrival.due, len(self.rows)])

    def fires(self, handle: Any) -> None:
        """A timer goes off."""
        self.last = -1
        known = self._timers.pop(id(handle), None)
        item, what = (known[1], known[2]) if known is not None else (self.item_of(handle), "timer")
        actor = next((n for n, key in self.keys.items() if key == item[0]), 0)
        self.record("timer", actor, what, item=item, place=(item[2], item[3], item[4]))
        self._called(item)
        self.rows[-1].append([list(item), None, len(self.engine.decisions)])
        self._born[id(handle)] = handle, self.last

    # -------------------------------------------------------------- threads
    def stands(self, kind: str, worker: Any, site: Any) -> None:
        """A thread is somewhere it could be made to stand still."""
        worker.stand = self.item(kind, worker.actor, site)
        if kind == "begin":
            self._left[worker.actor] = self.last

    def passes(self, worker: Any) -> None:
        """It runs the line it stood before."""
        item = worker.stand
        if self.steps:
            self.record("line", worker.actor, item=item, place=item[2:5])
        elif self.heard is not None:
            self.heard(item)

    def waits(self, worker: Any, site: Any, target: Any) -> None:
        """It cannot go on by itself.  target: what it waits for, or a word for it."""
        self.stands("blocks", worker, site)
        if self.steps and not isinstance(target, str):
            known = self._labels.get(id(target))  # a lock that was taken by a line of the program
            self.record("wait", worker.actor, known[1] if known is not None else "", site=site)

    def stops(self, worker: Any) -> None:
        """Another one goes on."""
        self._left.setdefault(worker.actor, self.last)

    def wakes(self, worker: Any) -> None:
        """What happened last lets it go on."""
        self._left[worker.actor] = self.last

    def goes_on(self, worker: Any) -> None:
        """It runs again, or for the first time."""
        self.last = self._left.pop(worker.actor, -1)
        item = worker.stand
        if item is None:
            return
        if not self.steps:
            if self.heard is not None:
                self.heard(item)
            return
        self.record("go", worker.actor, item=item, place=item[2:5])
        self.rows[-1].append([list(item), None, len(self.engine.decisions)])

    def locks(self, kind: str, lock: Any, frame: Any) -> None:
        """The running thread takes or gives back a lock by a line of the user's own; what the standard library does inside is not told."""
        while frame is not None and sites.is_probe_file(frame.f_code.co_filename):
            frame = frame.f_back
        if frame is not None and sites.is_user_code(frame.f_code):
            self.record(kind, None, self.label(lock), (frame.f_code, frame.f_lineno))

    def ends(self, worker: Any) -> None:
        self.record("end", worker.actor)

    # ---------------------------------------------------------------- steps
    def follow(self, asyncio_loop: Any) -> None:
        """From here on know what makes each of this loop's handles ready."""
        if asyncio_loop.__dict__.get("racetrap_book") is self:
            return
        cls = type(asyncio_loop)
        asyncio_loop.racetrap_book = self
        soon, at = partial(cls.call_soon, asyncio_loop), partial(cls.call_at, asyncio_loop)

        def call_soon(callback: Any, *args: Any, context: Any = None) -> Any:
            handle = soon(callback, *args, context=context)
            self._born[id(handle)] = handle, self.last
            return handle

        def call_at(when: float, callback: Any, *args: Any, context: Any = None) -> Any:
            handle = at(when, callback, *args, context=context)
            self._timer_born(handle)
            return handle

        asyncio_loop.call_soon, asyncio_loop.call_at = call_soon, call_at

    def _timer_born(self, handle: Any) -> None:
        name = getattr(handle._callback, "__qualname__", "") or type(handle._callback).__name__
        item = self.item("timer", loop.task_number(), sites.user_site(sys._getframe(2)))
        self._timers[id(handle)] = handle, item, "deadline" if loop.is_deadline(name) else "timer"

    def made_ready(self, handles: Any) -> None:
        for handle in handles:
            self._born[id(handle)] = handle, self.last

    def run(self, handle: Any) -> None:
        """One handle of the ready queue."""
        self.last = self._born.pop(id(handle), (None, -1))[1]
        if self.steps and self.last >= 0 and self.rows[self.last][3] in ("deliver", "timer"):
            self._callback(self.rows[self.last])
        task = getattr(handle._callback, "__self__", None)
        if not isinstance(task, tasks.Task) or task.done():
            handle._run()
            return
        number, coro = getattr(task, "racetrap_number", 0), task.get_coro()
        if self.steps:
            begins = not getattr(coro, "cr_suspended", True)
            self.record("start" if begins else "wake", number, site=_beginning(coro) if begins else sites.user_site_of(coro))
        handle._run()
        if task.done():
            error = None if task.cancelled() else task._exception  # type: ignore[attr-defined]
            detail = "cancelled" if task.cancelled() else f"raised {type(error).__name__}" if error is not None else ""
            code = getattr(coro, "cr_code", None)
            self.record("end", number, detail=detail, site=(code, code.co_firstlineno) if code is not None else None)
        elif self.steps:
            self._stays(number, coro)

    def _stays(self, number: int, coro: Any) -> None:
        """A task waits: at the innermost line of the user's code, or where its own coroutine stands in installed code.  via: all that it is inside of."""
        chain = sites.chain_of(coro)
        site = next((frame for frame in chain if sites.is_user_code(frame[0])), chain[-1] if chain else None)
        self.record("wait", number, site=site)
        self.rows[-1][12] = [list(self.place(frame)) for frame in chain]

    def _callback(self, cause: list[Any]) -> None:
        """What came is handed to whoever waits for it: a turn of the loop before that one goes on."""
        self.record("callback", cause[4], cause[5], place=(cause[6], cause[8], cause[7]))

    def as_json(self) -> dict[str, Any]:
        for arrival in self.engine.pending:
            if arrival.item is not None:
                self.leaves(arrival)
        return {"rows": self.rows, "never": self.never, "files": dict(sites.installed),
                "whence": [[list(item), list(place)] for item, place in self._whence.items()], "actors": {str(n): [key, self.names.get(n, ""), self.parents.get(n, 0)] for n, key in self.keys.items()}}


def _beginning(coro: Any) -> Any:
    """The first line of a coroutine that has not begun, behind a wrapper of ours."""
    frame = coro.cr_frame
    function = frame.f_locals.get("function") if frame is not None and sites.is_probe_file(frame.f_code.co_filename) else None
    code = getattr(function, "__code__", coro.cr_code)
    return code, code.co_firstlineno
