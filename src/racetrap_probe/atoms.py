"""Looks that became stale: who stood between a look and the write that depends on it while somebody else wrote there.

Whenever a task or thread is made to stand still, the windows (windows.py) its functions stand in are noted with what is at
each place; when it goes on, they are looked at again.  Where something else is there now, the function is followed line
by line until it writes, looks anew or leaves; then oracles/atom.py judges.
"""

from __future__ import annotations

import ast
import asyncio
import opcode
import sys
import types
from asyncio import events
from typing import Any

from . import accessors, current, effects, places, sites, windows
from .places import NOTHING, Unknown
from .window import Window


class Stale:
    """A frame that stands in a window."""

    __slots__ = ("actor", "after", "before", "empty", "foreign", "frame", "is_stale", "key", "looked", "owner", "stood", "window", "writing")

    def __init__(self, frame: Any, window: Window, owner: Any, key: Any, value: Any, actor: int) -> None:
        self.frame = frame
        self.window = window
        self.owner = owner
        self.key = key
        self.before = value
        """What was there when the function was stopped last, before anybody else wrote."""
        self.after: Any = None
        """What somebody else put there."""
        self.foreign: list[Any] = []
        """For a removal: what others put there meanwhile, and is there still."""
        self.empty = False
        """Of a cache: is it empty, as the function saw it, when the function goes on?"""
        self.is_stale = False
        self.writing = False
        self.actor = actor
        self.stood = frame.f_lineno
        self.looked = noted("look", self, window.checked[0])
        """In a recorded run: the event of the look."""

    def owner_of_target(self) -> Any:
        """Whose the cache is that is about to be filled."""
        return places.evaluate(self.window.target.value, self.frame)


def noted(kind: str, stale: Stale, line: int) -> int | None:
    """Keep an event of the place a window is about, where events are kept -> its number."""
    book = current.engine.book if current.engine is not None else None
    if book is None:
        return None
    return book.record(kind, stale.actor, stale.window.text, (stale.frame.f_code, line))  # type: ignore[no-any-return]


class Atoms:
    """The windows of one execution.  judge(stale, written): told of a write that was based on a stale look."""

    def __init__(self, judge: Any) -> None:
        self.judge = judge
        self.open: dict[Any, list[Stale]] = {}
        """By thread or task."""
        self.stale = 0

    @staticmethod
    def of(code: types.CodeType) -> Any:
        return windows.of(code)

    # ------------------------------------------------------------ standing still
    def stops(self, who: Any, actor: int, frames: Any, at_start: bool) -> None:
        """A thread or task is made to stand still.  frames: its frames, the innermost first; at_start: that one has not begun its line."""
        mine = self.open.get(who)
        inner = None
        for frame in frames:
            for window in windows.of(frame.f_code):
                if not window.inside(frame.f_lineno, at_start) or (window.same and window.calls is not None and not accessors.is_in_setter(window, frame, inner)):
                    continue
                known = next((s for s in mine if s.frame is frame and s.window is window), None) if mine else None
                try:
                    owner, key = locate(window, frame)
                    value = seen(window, places.look(owner, key))
                except Unknown:
                    continue
                if known is not None and (known.owner is not owner or known.key != key):
                    self._drop(who, known)
                    known = None
                if inner is not None and ((window.effect is not None and effects.has_run(window, frame, inner, owner, key))
                                          or (window.kind == "last" and effects.has_closed(window, frame, inner))):
                    if known is not None:
                        self._written(who, known)
                        mine = self.open.get(who)
                    continue
                if window.calls is not None and inner is not None and self._has_written(who, window, frame, inner, known, value):
                    mine = self.open.get(who)
                    continue
                if known is None:
                    mine = self.open.setdefault(who, [])
                    known = Stale(frame, window, owner, key, value, actor)
                    mine.append(known)
                elif not known.is_stale or window.removes:
                    known.before = value
                known.stood = frame.f_lineno
            at_start = False
            inner = frame

    def goes_on(self, who: Any) -> list[Stale]:
        """It runs again -> the windows in which its look has become stale."""
        out = []
        for stale in self.open.get(who, ()):
            try:
                value = seen(stale.window, places.look(stale.owner, stale.key))
            except Unknown:
                continue
            if stale.window.removes:
                there = _list(value)
                came = [v for v in there if not _has(_list(stale.before), v)]
                stale.foreign = [v for v in stale.foreign if _has(there, v)] + [v for v in came if not _has(stale.foreign, v)]
                stale.before = None
                if bool(stale.foreign) is not stale.is_stale:
                    stale.is_stale = not stale.is_stale
                    self.stale += 1 if stale.is_stale else -1
            elif stale.is_stale:
                if value is not stale.after:
                    stale.after = value
            elif value is not stale.before and not places.is_same(value, stale.before):
                stale.is_stale = True
                stale.after = value
                self.stale += 1
                noted("stale", stale, stale.frame.f_lineno)
            if stale.is_stale:
                if stale.window.kind == "summed":
                    try:
                        stale.empty = places.attribute(stale.owner_of_target(), stale.window.target.attr) is None
                    except Unknown:
                        stale.empty = False
                first, last = stale.window.written
                stale.writing = first <= stale.frame.f_lineno <= last
                out.append(stale)
        return out

    # -------------------------------------------------------------- running
    def line(self, who: Any, frame: Any, number: int) -> None:
        """A line of a frame is about to run."""
        for stale in list(self.open.get(who, ())):
            if stale.frame is frame:
                first, last = stale.window.written
                if stale.writing and not first <= number <= last:
                    if stale.window.walks and not stale.window.checked[0] <= number <= stale.window.checked[1]:
                        self._drop(who, stale)  # it does not go on to the next element
                    elif any(a <= number <= b for a, b in stale.window.around):
                        self._drop(who, stale)
                    else:
                        self._written(who, stale)
                elif stale.window.checked[0] <= number <= stale.window.checked[1] and not stale.window.same:
                    self._drop(who, stale)  # it looks anew
                elif first <= number <= last:
                    stale.writing = True
                    if stale.window.removes:
                        self._about_to_remove(stale)

    def left(self, who: Any, frame: Any) -> None:
        """A frame is left."""
        for stale in list(self.open.get(who, ())):
            if stale.frame is frame:
                if stale.writing and not stale.window.walks and _returns(frame):
                    self._written(who, stale)
                else:
                    self._drop(who, stale)

    def _written(self, who: Any, stale: Stale) -> None:
        self._drop(who, stale)
        if not stale.is_stale:
            return
        try:
            owner, key = locate(stale.window, stale.frame)
            value = seen(stale.window, places.look(owner, key))
        except Unknown:
            return
        if stale.window.removes:
            there = _list(value)
            stale.foreign = [v for v in stale.foreign if not _has(there, v)]
            if stale.foreign and owner is stale.owner and key == stale.key:
                self.judge(stale, None)
            return
        if owner is stale.owner and key == stale.key and (value is not stale.after or stale.window.adds):
            self.judge(stale, value)

    def _about_to_remove(self, stale: Stale) -> None:
        """What the function has taken out itself since it goes on is not lost."""
        try:
            there = _list(seen(stale.window, places.look(stale.owner, stale.key)))
        except Unknown:
            there = []
        stale.foreign = [v for v in stale.foreign if _has(there, v)]

    def _has_written(self, who: Any, window: Window, frame: Any, inner: Any, known: Stale | None, value: Any) -> bool:
        """A function stands in a call of another; that is its setter, and has done its work, or may have?"""
        try:
            setter = accessors.used(window, 1, frame)
        except Unknown:
            return False
        if inner.f_code is not setter.code or setter.value not in inner.f_locals:
            return False
        if not places.is_same(value, inner.f_locals[setter.value]):
            return False
        if known is None:
            return True
        if places.is_same(known.after if known.is_stale else known.before, value):
            return False  # it was there already
        if known.is_stale:
            self._written(who, known)
        else:
            self._drop(who, known)
        return True

    def forget(self, who: Any) -> None:
        for stale in self.open.pop(who, ()):
            self.stale -= stale.is_stale

    def holds(self, value: Any) -> int:
        """How many references to it are this book's own."""
        return sum((s.before is value) + (s.after is value) for mine in self.open.values() for s in mine)

    def _drop(self, who: Any, stale: Stale) -> None:
        mine = self.open[who]
        mine.remove(stale)
        self.stale -= stale.is_stale
        if not mine:
            del self.open[who]


# ------------------------------------------------------------------- looking
def locate(window: Window, frame: Any) -> tuple[Any, Any]:
    """-> (owner, key) of the place a window is about"""
    if window.effect is not None:
        return effects.locate(window, frame)
    if window.calls is not None:
        return accessors.locate(window, frame)
    if isinstance(window.place, ast.Name):
        return frame.f_globals, window.place.id
    return places.place(window.place, frame)  # type: ignore[arg-type]


def describe(window: Window, frame: Any) -> str:
    """The place in the words of the frame's function."""
    if window.effect is not None:
        return effects.describe(window, frame)
    return accessors.describe(window, frame) if window.calls is not None else window.text


def seen(window: Window, value: Any) -> Any:
    """What a window is about of what is at its place: for a removal the elements, or the first, or the one there is."""
    if window.kind == "summed":
        if type(value) not in places.SIZED:
            raise Unknown
        return list(dict.items(value)) if isinstance(value, dict) else list(value)
    if window.walks:
        if type(value) is not list:
            raise Unknown  # others refuse to be changed meanwhile
        return list(value)
    if not window.removes:
        return value
    if window.kind == "entry":
        return [] if value is NOTHING else [value]
    if type(value) not in places.SEQUENCES:
        raise Unknown
    return [*value][:1] if window.kind == "first" else list(value)


def _list(value: Any) -> list[Any]:
    return value if type(value) is list else []


def _has(values: list[Any], value: Any) -> bool:
    return any(v is value for v in values)


_OTHER, _USERS, _BOTTOM = range(3)
_kinds: dict[types.CodeType, int] = {}


def frames_above(frame: Any) -> list[Any]:
    """The user's frames from here outwards, as far as they belong to this execution."""
    out = []
    while frame is not None:
        code = frame.f_code
        kind = _kinds.get(code)
        if kind is None:
            kind = _kinds[code] = (_USERS if sites.is_user_code(code) else
                                   _BOTTOM if code.co_name == "rerun" and sites.is_probe_file(code.co_filename) else _OTHER)
        if kind == _USERS:
            out.append(frame)
        elif kind == _BOTTOM:
            break
        frame = frame.f_back
    return out


_run = events.Handle._run


def run(handle: Any, book: Any) -> None:
    if book is None:
        _run(handle)
    else:
        book.run(handle)


def watch_stock_loop(engine: Any) -> None:
    """In a process that runs asyncio's own loop once, to see whether a finding shows there too: watch its steps."""
    events.Handle._run = lambda handle: engine.steps.step(engine, handle, None)  # type: ignore[method-assign]


class Steps:
    """The windows of tasks: every step of a task goes through `step`."""

    def __init__(self, book: Atoms) -> None:
        self.book = book

    def step(self, engine: Any, handle: Any, book: Any) -> None:
        """book: what runs the step where events are kept (book.Book), or None."""
        task = getattr(handle._callback, "__self__", None)
        if not isinstance(task, asyncio.Task):
            run(handle, book)
            return
        windows = self.book
        followed = False
        if task in windows.open and windows.goes_on(task):
            followed = self._follow(engine, task)
        try:
            run(handle, book)
        finally:
            if followed:
                self._let_go(engine)
        if task.done():
            windows.forget(task)
        elif _may_stand(task.get_coro()):
            windows.stops(task, getattr(task, "racetrap_number", 0), list(sites.frames_of(task.get_coro()))[::-1], False)

    def _follow(self, engine: Any, task: Any) -> bool:
        """Watch the lines of the stale frames during the step the task is about to make."""
        if engine.world is not None:
            engine.world.atoms.task = task
            return True
        if sys.gettrace() is not None:
            return False
        book = self.book

        def local(frame: Any, event: str, _: Any) -> Any:
            if event == "line":
                book.line(task, frame, frame.f_lineno)
            elif event == "return" and not only_suspends(frame):
                book.left(task, frame)
            return local

        for stale in book.open[task]:
            stale.frame.f_trace = local
        sys.settrace(lambda frame, event, _: frame.f_trace)
        return True

    def _let_go(self, engine: Any) -> None:
        if engine.world is not None:
            engine.world.atoms.task = None
        else:
            sys.settrace(None)


def _may_stand(coroutine: Any) -> bool:
    """Is one of the functions a task waits in one that has windows?  Most have none: asked first, since it costs little."""
    of = windows.of
    while type(coroutine) is types.CoroutineType:
        if of(coroutine.cr_code):
            return True
        coroutine = coroutine.cr_await
    return isinstance(coroutine, (types.GeneratorType, types.AsyncGeneratorType)) or hasattr(coroutine, "ag_frame")


class Scout:
    """In the watched run: does any task ever stand in a window?"""

    def __init__(self) -> None:
        self.found = False

    def step(self, engine: Any, handle: Any, book: Any) -> None:
        run(handle, book)
        task = getattr(handle._callback, "__self__", None)
        if not self.found and isinstance(task, asyncio.Task) and not task.done():
            self.found = any(w.inside(f.f_lineno, False) and not w.walks and (w.effect is None or effects.is_one(w, f)) for f in sites.frames_of(task.get_coro()) for w in windows.of(f.f_code))


def _returns(frame: Any) -> bool:
    """Is it left by a return, not by an exception?"""
    return opcode.opname[frame.f_code.co_code[frame.f_lasti]].startswith(("RETURN_", "INSTRUMENTED_RETURN"))


def only_suspends(frame: Any) -> bool:
    """Is this "return" only a pause of a coroutine?"""
    code = frame.f_code
    if not code.co_flags & 0x2A0:  # neither coroutine nor generator
        return False
    name = opcode.opname[code.co_code[frame.f_lasti]]
    return name in ("YIELD_VALUE", "SEND", "RESUME", "YIELD_FROM", "INSTRUMENTED_YIELD_VALUE")
