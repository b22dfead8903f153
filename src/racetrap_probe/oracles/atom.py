"""ATOM: a write based on a look that is no longer true.

## What it does
ATOM001 reports a write (to an attribute, an item or a global, directly or through methods that do nothing else) that was decided or computed from an earlier look at the same place, when another task or thread
wrote there in between: across an `await`, a gap between two locked sections, or a switch of threads.  What the other one wrote is lost, or a limit is passed.
A removal is such a write, too: of all that was copied (`clear`), of the first element (`popleft`), of a key.  So are one more element in a container (`if not room.is_full(): room.add(name)`) and
`+=` or `-=` in a method that is called because of what another one said; a sum that is kept (`self._total`) although it was made from what was there before others set it to None; and closing what the last
one has left (`last = self.users == 0`, and behind the lock `if last: self.close()`) when another one has come, who found it open.

## Why is this bad?
Both saw the old state, and the second write undoes the first: a counter that misses one, a registration that vanishes, a token
fetched twice of which the server honours only one.

## Example
    if self.token is None:
        self.token = await self.fetch()       # two callers fetch; the second overwrites what the first was given

    seen = self.balance                       # another thread deposits here
    self.balance = seen + amount

## Use instead
    async with self.lock:                     # over look and write
        if self.token is None:
            self.token = await self.fetch()

or look again behind the await; or an operation that is atomic by itself, as dict.setdefault.

## Certain when
The overwritten value came in after the look; the look would have another outcome now, or the new value is the old one plus or minus something; the value written
differs from the one it overwrites (objects of the program's classes are compared by what they hold, moments in time do not count); and nobody holds the overwritten
value any more.  For `+=`, `-=` and an added element: what it was decided by would be decided otherwise at the write, and the same call has not made the
opposite change before (who gives back what it took rests on no look).  For a removal: what was seen is used for more than its number, what is removed came in after the look, nobody holds it any more (of strings and numbers: no
other container has it), and it is an element of a list, a deque or a set, or something with a `close`
(or the like) that is under a key: other entries may be a cache's.  A cache that is filled twice with the same (in all that is ever read of it) is silent; so is a lock that
is made twice, but not where somebody has the one that is overwritten: whoever takes the new one is in there, too.  A fill whose
look and write stand in two sections of one lock is a note: the gap is meant; so is one error that takes another's place, a limit of which nobody is told
that it was reached, and an element a loop leaves out because others made its list shorter.  Where the look's outcome cannot be told, or somebody still holds what was
overwritten, it is a note.
"""

from __future__ import annotations

import ast
import asyncio
import copy
import gc
import sys
import types
from typing import Any

from .. import atoms, effects, places, primitives, sites

CODES = {"ATOM001": "a write is based on a look that is no longer true"}
_ENDS = ("close", "aclose", "disconnect", "stop", "shutdown", "terminate")
"""Methods of what must not just be dropped."""
_UNCOUNTED = (int, float, complex, bool, type(None), bytes)


class Atom:
    def __init__(self, monitor: Any) -> None:
        self.monitor = monitor

    def on_world(self, world: Any) -> None:
        if self.monitor.recorder is None:
            world.atoms = Watch(self.monitor.atoms, self.monitor.unlocked)

    def judge(self, stale: atoms.Stale, written: Any) -> None:
        """A stale frame wrote `written` over `stale.after`."""
        engine = self.monitor.engine
        if engine.quiet or engine.outcome is not None:
            return
        window = stale.window
        try:
            if window.removes:
                self._removed(stale)
            elif window.kind == "last":
                if not places.truth(_hypothetical(stale, stale.after)):
                    self._closed(stale)
            elif window.walks:
                self._walked(stale)
            elif window.effect is not None:
                if not effects.holds(window, stale.frame, stale.owner, stale.key, stale.after) and not effects.gives_back(window, stale.frame, stale.owner, stale.key):
                    self._tell(stale, not window.soft)
            elif window.kind == "summed":
                if stale.empty:
                    self._outdated(stale)
            else:
                self._overwritten(stale, written)
        except places.Unknown:
            pass

    def _overwritten(self, stale: atoms.Stale, written: Any) -> None:
        """It put something in the place of what came in after its look."""
        window, after, before = stale.window, stale.after, stale.before
        certain = True
        if window.kind == "check":
            try:
                if places.truth(_hypothetical(stale, after)) is window.holds:
                    return  # it would have come to the same
            except places.Unknown:
                certain = False
        if _is_taken(after) and type(after) is type(written):
            self._tell(stale, certain)  # whoever is in there, and whoever takes the new one, are in there together
            return
        if places.is_same(after, written) and not window.adds:
            return
        if window.adds and places.is_same(after, before):
            return
        if written is places.NOTHING or after is places.NOTHING:
            certain = False
        if window.fills and window.apart and (before is None or before is places.NOTHING):
            certain = False  # the lock was given up on purpose while the value was got: any one of them may stay
        if isinstance(written, BaseException) and isinstance(after, BaseException):
            certain = False  # any one of several errors may be the one that is kept
        stale.after = None
        if not isinstance(after, _UNCOUNTED) and sys.getrefcount(after) > 2 + self.monitor.atoms.holds(after):
            certain = False  # somebody holds it, and may use or close it
        self._tell(stale, certain)

    def _removed(self, stale: atoms.Stale) -> None:
        """It took out what came in after its look."""
        lost, stale.foreign = stale.foreign, []
        count = len(lost)
        value = lost.pop()
        while lost and sys.getrefcount(value) > 2:
            value = lost.pop()
        certain = stale.window.used and (sys.getrefcount(value) == 2 or not self._is_kept(value, stale))  # somebody who holds it may know what to do with it
        if isinstance(value, asyncio.Future) or (stale.window.kind == "entry" and not any(hasattr(value, name) for name in _ENDS)):
            certain = False  # it goes on by itself; or it may be a cache's, which is filled again
        window = stale.window
        what = {"all": "what came in since it was copied", "first": "another element than the one it looked at",
                "entry": "another value than the one it looked at"}[window.kind]
        who = self.monitor.who(stale.actor)
        self._report(stale, f"lost: {window.text} is rid of {what}", "removed",
                     f"meanwhile somebody else put {'something' if count == 1 else f'{count} things'} there, which {who} removed unseen at line {window.written[0]}",
                     certain=certain)

    def _closed(self, stale: atoms.Stale) -> None:
        """The last one closes outside of the lock what somebody else has come for since, and found open."""
        window = stale.window
        self._report(stale, f"{ast.unparse(window.target)} runs after the last user has left and another one has come", "closed",
                     f"meanwhile somebody else came; then {self.monitor.who(stale.actor)} closed at line {window.written[0]}, and what it had looked for was so no longer: {window.said}")

    def _walked(self, stale: atoms.Stale) -> None:
        """A loop goes on to the next element of a list that others have taken elements out of: the ones behind have moved forward, and one is not met."""
        window, code, before, after = stale.window, stale.frame.f_code, stale.before, stale.after
        at = [n for n, v in enumerate(before) if v is stale.frame.f_locals.get(window.walks)]
        if len(at) != 1 or not any(v is w for v in after[:at[0] + 1] for w in before[at[0] + 1:]):
            return
        self.monitor.report(
            "ATOM001", f"an element of {window.text} is left out: the list became shorter while a loop went through it", certain=False,
            key=f"{sites.relative(code.co_filename)}:{code.co_qualname}:{window.checked[0]}:walked", resource=window.text,
            sites=[{**sites.as_site(code, window.checked[0], "gone through"), "event": stale.looked}],
            detail=[f"{self.monitor.who(stale.actor)} stood still at line {stale.stood}, in the loop",
                    "meanwhile somebody else took out an element it had met already; the one behind the current one moved into its place"])

    def _outdated(self, stale: atoms.Stale) -> None:
        """It filled a cache with what was so before others changed it and made the cache empty: that is not made up for by anybody."""
        window = stale.window
        cache = ast.unparse(window.target)
        self._report(stale, f"{cache} is filled with what was so before it was made invalid", "written",
                     f"meanwhile somebody else changed {window.text} and emptied {cache}; then {self.monitor.who(stale.actor)} filled it with the old at line {window.written[0]}",
                     looked="read", resource=cache)

    def _is_kept(self, value: Any, stale: atoms.Stale) -> bool:
        """Does somebody keep what was removed?  A string or a number has no life of its own: only a container that has it counts, not the code it is written in, nor a
        variable that stands for it.  Gone through is what the program can reach; earlier runs of this process may have left more."""
        key = stale.frame.f_code, stale.window.written
        _asked[key] = _asked.get(key, 0) + 1
        if not _is_plain(value) or _asked[key] > 50:  # not in every one of thousands of runs
            return True
        own = {id(part) for mine in self.monitor.atoms.open.values() for s in mine for part in (s, s.before, s.foreign)}
        todo: list[Any] = [list(v.values()) for f in _frames() for v in (f.f_locals, *([f.f_globals] if sites.is_user_code(f.f_code) else []))]
        todo += _tasks()
        starts = {id(part) for part in todo}
        met = set(own)
        while todo:
            holder = todo.pop()
            if id(holder) in met or isinstance(holder, _NOT_GONE_INTO) or type(holder).__module__.startswith("racetrap_probe"):
                continue
            met.add(id(holder))
            if len(met) > _MOST:
                return True
            if isinstance(holder, types.FunctionType):
                todo.extend(holder.__closure__ or ())
                continue
            if type(holder) is dict and "__builtins__" in holder:
                continue
            passing = id(holder) in starts or isinstance(holder, _PASSING) or _is_plain(holder)
            keys = list(dict.keys(holder)) if isinstance(holder, dict) else []  # the collector does not go through strings that are keys
            for part in [*gc.get_referents(holder), *keys]:
                if part is value and not passing:
                    return True
                if not _is_plain(part):
                    todo.append(part)
        return False

    def _tell(self, stale: atoms.Stale, certain: bool) -> None:
        window = stale.window
        place = atoms.describe(window, stale.frame)
        is_check = window.kind == "check"
        wrote = f"overwrote that at line {window.written[0]}"
        if window.changes:
            wrote = f"changed it at line {window.written[0]}, and what it had looked for was so no longer: {'' if window.holds else 'not '}{window.said}"
        self._report(stale, f"{place} is written on the strength of a look that is no longer true" if is_check else
                     f"lost update: {place} is computed from a value that is no longer there", "written",
                     f"meanwhile somebody else wrote there; then {self.monitor.who(stale.actor)} {wrote}", looked="looked at" if is_check else "read", place=place, certain=certain)

    def _report(self, stale: atoms.Stale, title: str, wrote: str, meanwhile: str, *, looked: str = "looked at", place: str = "", resource: str = "", certain: bool = True) -> None:
        """wrote, looked: the roles of the two lines.  place: what was looked at, if not in the words of the window; resource: what was written, if it is another place."""
        window, code, place = stale.window, stale.frame.f_code, place or stale.window.text
        where = [{**sites.as_site(code, window.written[0], wrote), "event": atoms.noted("write", stale, window.written[0])},
                 {**sites.as_site(code, window.checked[0], f"{looked} before"), "event": stale.looked}]
        self.monitor.report(
            "ATOM001", title, certain=certain, key=f"{sites.relative(code.co_filename)}:{code.co_qualname}:{window.written[0]}:{window.checked[0]}",
            resource=resource or place, sites=where[:1] if window.same else where,
            detail=[f"{self.monitor.who(stale.actor)} {looked} {place} at line {window.checked[0]} and stood still at line {stale.stood}", meanwhile])


_PASSING = (types.FrameType, types.CoroutineType, types.GeneratorType, types.AsyncGeneratorType, types.CellType)
_NOT_GONE_INTO = (type, types.ModuleType, types.CodeType, types.BuiltinFunctionType)
_MOST = 20_000
_asked: dict[Any, int] = {}
"""By statement: how often it was asked whether somebody keeps what it removed."""


def _is_plain(value: Any) -> bool:
    return isinstance(value, (str, *_UNCOUNTED)) or (type(value) is tuple and all(_is_plain(part) for part in value))


def _frames() -> Any:
    """Where the program's threads stand."""
    for top in sys._current_frames().values():
        frame: Any = top
        while frame is not None:
            if not sites.is_probe_file(frame.f_code.co_filename):
                yield frame
            frame = frame.f_back


def _tasks() -> list[Any]:
    try:
        return list(asyncio.all_tasks())
    except RuntimeError:
        return []


def _is_taken(value: Any) -> bool:
    """Is it a lock that somebody has?"""
    return isinstance(value, (asyncio.Lock, primitives.Lock, primitives.RLock)) and value.locked()


def _hypothetical(stale: atoms.Stale, after: Any) -> Any:
    """The look's condition with what was there just before the write."""
    reading = places.Sums() if stale.window.changes else places.PLACES  # of a report every so often (`now - self.last >= 10`) a second one does no harm
    return places.evaluate(_Replaced(stale.window.text, after).visit(copy.deepcopy(stale.window.condition)), stale.frame, reading)


class _Replaced(ast.NodeTransformer):
    """Puts a constant for the place into a condition."""

    def __init__(self, text: str, value: Any) -> None:
        self.text = text
        self.value = value

    def visit_Attribute(self, node: Any) -> Any:
        return ast.Constant(self.value) if ast.unparse(node) == self.text else self.generic_visit(node)

    visit_Name = visit_Subscript = visit_Attribute

    def visit_Await(self, node: ast.Await) -> Any:
        return ast.Constant(self.value) if ast.unparse(node.value) == self.text else self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> Any:
        if len(node.ops) == 1 and isinstance(node.ops[0], (ast.In, ast.NotIn)) and \
                ast.unparse(ast.Subscript(node.comparators[0], node.left, ast.Load())) == self.text:
            return ast.Constant((self.value is not places.NOTHING) is isinstance(node.ops[0], ast.In))
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> Any:
        if ast.unparse(node) == self.text:
            return ast.Constant(self.value)
        if isinstance(node.func, ast.Attribute) and node.func.attr == "get" and node.args and \
                ast.unparse(ast.Subscript(node.func.value, node.args[0], ast.Load())) == self.text:
            default = node.args[1] if len(node.args) > 1 else ast.Constant(None)
            return default if self.value is places.NOTHING else ast.Constant(self.value)
        return self.generic_visit(node)


class Watch:
    """The windows of threads: what the baton tells of lines, stops and returns."""

    def __init__(self, book: atoms.Atoms, unlocked: Any) -> None:
        self.book = book
        self.unlocked = unlocked
        self.task: Any = None
        """The task that is followed line by line in this step of its loop."""

    def of(self, code: Any) -> Any:
        return self.book.of(code)

    def line(self, worker: Any, frame: Any, number: int) -> None:
        self.unlocked.line(worker, frame, number)
        for who in (worker, self.task):
            if who in self.book.open:
                self.book.line(who, frame, number)

    def left(self, worker: Any, frame: Any) -> None:
        for who in (worker, self.task):
            if who in self.book.open and not atoms.only_suspends(frame):
                self.book.left(who, frame)

    def stops(self, worker: Any, frame: Any, at_start: bool) -> None:
        self.book.stops(worker, worker.actor, atoms.frames_above(frame), at_start)

    def goes_on(self, worker: Any) -> None:
        if worker in self.book.open:
            self.book.goes_on(worker)
