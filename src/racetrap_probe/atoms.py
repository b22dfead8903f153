"""Looks that became stale: who stood between a look and the write that depends on it while somebody else wrote there.

Whenever a task or thread is made to stand still, the windows (windows.py) its functions stand in are noted with what is at
each place; when it goes on, they are looked at again.  Where something else is there now, the function is followed line
by line until it writes, looks anew or leaves; then oracles/atom.py judges.

Places are read as they are in memory, without running any code of the program: a property, a proxy or a lazy attribute is no place.
"""

from __future__ import annotations

import ast
import asyncio
import collections
import copy
import opcode
import operator
import sys
import types
from asyncio import events
from typing import Any

from . import accessors, current, effects, sites, sources, windows

NOTHING = type("NOTHING", (), {"__repr__": lambda self: "nothing"})()
"""What is at a place where nothing is."""
_PLAIN_KEYS = (str, int, bytes, float, bool, type(None))


class Unknown(Exception):
    """It cannot be told without running the program's code."""


class Stale:
    """A frame that stands in a window."""

    __slots__ = ("actor", "after", "before", "empty", "foreign", "frame", "is_stale", "key", "looked", "owner", "stood", "window", "writing")

    def __init__(self, frame: Any, window: windows.Window, owner: Any, key: Any, value: Any, actor: int) -> None:
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
        return evaluate(self.window.target.value, self.frame, {})


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
                if not window.inside(frame.f_lineno, at_start) or (window.same and window.calls is not None and not _is_in_setter(window, frame, inner)):
                    continue
                known = next((s for s in mine if s.frame is frame and s.window is window), None) if mine else None
                try:
                    owner, key = locate(window, frame)
                    value = seen(window, look(owner, key))
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
                value = seen(stale.window, look(stale.owner, stale.key))
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
            elif value is not stale.before and not is_same(value, stale.before):
                stale.is_stale = True
                stale.after = value
                self.stale += 1
                noted("stale", stale, stale.frame.f_lineno)
            if stale.is_stale:
                if stale.window.kind == "summed":
                    try:
                        stale.empty = attribute(stale.owner_of_target(), stale.window.target.attr) is None
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
            value = seen(stale.window, look(owner, key))
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
            there = _list(seen(stale.window, look(stale.owner, stale.key)))
        except Unknown:
            there = []
        stale.foreign = [v for v in stale.foreign if _has(there, v)]

    def _has_written(self, who: Any, window: windows.Window, frame: Any, inner: Any, known: Stale | None, value: Any) -> bool:
        """A function stands in a call of another; that is its setter, and has done its work, or may have?"""
        try:
            setter = accessor(window, 1, frame)
        except Unknown:
            return False
        if inner.f_code is not setter.code or setter.value not in inner.f_locals:
            return False
        if not is_same(value, inner.f_locals[setter.value]):
            return False
        if known is None:
            return True
        if is_same(known.after if known.is_stale else known.before, value):
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
def locate(window: windows.Window, frame: Any) -> tuple[Any, Any]:
    """-> (the object, its attribute "." + name or its key)"""
    if window.effect is not None:
        return effects.locate(window, frame)
    if window.calls is not None:
        return _locate_through(window, frame)
    if window.owner is None:
        return frame.f_globals, window.name
    owner = evaluate(window.owner, frame, {})
    if window.key is None:
        return owner, _Attribute(window.name)
    key = evaluate(window.key, frame, {})
    _check_key(key)
    return owner, key


def _is_in_setter(window: windows.Window, frame: Any, inner: Any) -> bool:
    """Has the statement that looks and writes come so far that it stands in the call that writes?"""
    try:
        return inner is not None and inner.f_code is accessor(window, 1, frame).code
    except Unknown:
        return False


def accessor(window: windows.Window, which: int, frame: Any) -> accessors.Accessor:
    """The accessor that is called to look (0) or to write (1)."""
    assert window.calls is not None
    found = accessors.of(_function(window.calls[which].func, frame)[0])
    if found is None or bool(found.value) is not bool(which):
        raise Unknown
    return found


def _function(node: ast.expr, frame: Any) -> tuple[Any, Any]:
    """-> (the function, the object it is called on or NOTHING)"""
    if not isinstance(node, ast.Attribute):
        return evaluate(node, frame, {}), NOTHING
    owner = evaluate(node.value, frame, {})
    if isinstance(owner, types.ModuleType):
        return attribute(owner, node.attr), NOTHING
    if isinstance(owner, type) or node.attr in _state(owner):
        raise Unknown
    return next((base.__dict__[node.attr] for base in type(owner).__mro__ if node.attr in base.__dict__), None), owner


def describe(window: windows.Window, frame: Any) -> str:
    """The place in the words of the frame's function: `self.store.rows[key]` where that is what `self.store.write(key, ...)` writes."""
    if window.effect is not None:
        return effects.describe(window, frame)
    if window.calls is None:
        return window.text
    call = window.calls[1]
    try:
        used = accessor(window, 1, frame)
    except Unknown:
        return window.text
    given: list[ast.expr] = [call.func.value] if isinstance(call.func, ast.Attribute) and used.parameters[:1] == ["self"] else []
    names = dict(zip(used.parameters, [*given, *call.args], strict=False))

    class Given(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.expr:
            return names.get(node.id, node)

    return ast.unparse(Given().visit(copy.deepcopy(used.place)))


def _locate_through(window: windows.Window, frame: Any) -> tuple[Any, Any]:
    assert window.calls is not None
    found = []
    for which, call in enumerate(window.calls):
        used = accessor(window, which, frame)
        owner = _function(call.func, frame)[1]
        given = [evaluate(a, frame, {}) for a in call.args[:-1 if which else None]]
        inside = accessors.Call(used, given if owner is NOTHING else [owner, *given])
        place = used.place
        base = evaluate(place.value, inside, {})  # type: ignore[attr-defined]
        if isinstance(place, ast.Subscript):
            key = evaluate(place.slice, inside, {})
            _check_key(key)
        else:
            key = _Attribute(place.attr)  # type: ignore[attr-defined]
        found.append((base, key))
    if found[0][0] is not found[1][0] or found[0][1] != found[1][1]:
        raise Unknown
    return found[0]


def copied(node: ast.expr) -> ast.expr:
    return copy.deepcopy(node)


class _Length:
    """What is looked at of a container that grows."""

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = object.__hash__


LENGTH = _Length()


class _Attribute(str):
    """The name of an attribute, to be told from a key."""

    __slots__ = ()


def _check_key(key: Any) -> None:
    if type(key) is tuple:
        for part in key:
            _check_key(part)
    elif type(key) not in _PLAIN_KEYS:
        raise Unknown


def look(owner: Any, key: Any) -> Any:
    """What is at a place now; NOTHING if nothing is."""
    if type(key) is _Attribute:
        return attribute(owner, key)
    if key is LENGTH:
        if type(owner) not in _SIZED:
            raise Unknown
        return len(owner)
    if isinstance(owner, dict):
        return dict.get(owner, key, NOTHING)
    if type(owner) is list and type(key) is int:
        return owner[key] if -len(owner) <= key < len(owner) else NOTHING
    raise Unknown


def seen(window: windows.Window, value: Any) -> Any:
    """What a window is about of what is at its place: for a removal the elements, or the first, or the one there is."""
    if window.kind == "summed":
        if type(value) not in _SIZED:
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
    if type(value) not in _SEQUENCES:
        raise Unknown
    return [*value][:1] if window.kind == "first" else list(value)


_SEQUENCES = (list, collections.deque, set)
_SIZED = (*_SEQUENCES, dict, collections.defaultdict, collections.OrderedDict, collections.Counter, str, bytes, tuple, frozenset)


def _list(value: Any) -> list[Any]:
    return value if type(value) is list else []


def _has(values: list[Any], value: Any) -> bool:
    return any(v is value for v in values)


def attribute(owner: Any, name: str) -> Any:
    cls = type(owner)
    if isinstance(owner, types.ModuleType):
        return owner.__dict__.get(name, NOTHING)
    if isinstance(owner, type):
        for base in owner.__mro__:
            if name in base.__dict__:
                value = base.__dict__[name]
                if hasattr(type(value), "__get__"):
                    raise Unknown
                return value
        return NOTHING
    for base in cls.__mro__:
        if name in base.__dict__:
            value = base.__dict__[name]
            if isinstance(value, types.MemberDescriptorType):
                try:
                    return value.__get__(owner)
                except AttributeError:
                    return NOTHING
            if hasattr(type(value), "__set__"):
                raise Unknown  # a property
            state = _state(owner)
            if name in state:
                return state[name]
            if hasattr(type(value), "__get__"):
                raise Unknown
            return value
    return _state(owner).get(name, NOTHING)


def _state(owner: Any) -> dict[str, Any]:
    try:
        state = object.__getattribute__(owner, "__dict__")
    except AttributeError:
        return {}
    return state if isinstance(state, dict) else {}


def evaluate(node: ast.expr, frame: Any, instead: dict[str, Any]) -> Any:
    """The value of an expression, read without running any code of the program.  instead: values for local names."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        if node.id in instead:
            return instead[node.id]
        local = frame.f_locals
        if node.id in local:
            return local[node.id]
        if node.id in frame.f_globals:
            return frame.f_globals[node.id]
        raise Unknown
    if isinstance(node, ast.Attribute):
        name = node.attr
        if name.startswith("__") and not name.endswith("__"):
            raise Unknown
        owner = evaluate(node.value, frame, instead)
        reading = instead.get(READING)
        if reading is not None and reading.is_at(owner, _Attribute(name)):
            return reading.value
        try:
            value = attribute(owner, name)
        except Unknown:
            if reading is None:
                raise
            value = effects.property_of(owner, name, instead)
        if value is NOTHING:
            raise Unknown
        return value
    if isinstance(node, ast.Subscript):
        key = evaluate(node.slice, frame, instead)
        _check_key(key)
        owner = evaluate(node.value, frame, instead)
        if READING in instead and instead[READING].is_at(owner, key):
            return instead[READING].value
        value = look(owner, key)
        if value is NOTHING:
            raise Unknown
        return value
    if isinstance(node, ast.Tuple):
        return tuple(evaluate(e, frame, instead) for e in node.elts)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return not truth(evaluate(node.operand, frame, instead))
    if isinstance(node, ast.BoolOp):
        value = None
        for part in node.values:
            value = evaluate(part, frame, instead)
            if truth(value) is isinstance(node.op, ast.Or):
                return value
        return value
    if isinstance(node, ast.NamedExpr):
        return evaluate(node.value, frame, instead)
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS and SUMS in instead:
        left, right = evaluate(node.left, frame, instead), evaluate(node.right, frame, instead)
        if type(left) not in (int, float) or type(right) not in (int, float):
            raise Unknown
        return _OPERATORS[type(node.op)](left, right)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _PLAIN_CALLS and len(node.args) == 1 and not node.keywords:
        value = evaluate(node.args[0], frame, instead)
        if node.func.id == "len" and READING in instead and instead[READING].is_at(value, LENGTH):
            return instead[READING].value
        return _plain_call(node.func.id, value, frame)
    if isinstance(node, ast.Await) and READING in instead:
        return evaluate(node.value, frame, instead)
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        return _compare(evaluate(node.left, frame, instead), node.ops[0], evaluate(node.comparators[0], frame, instead))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get" and not node.keywords and node.args:
        key = evaluate(node.args[0], frame, instead)
        _check_key(key)
        owner = evaluate(node.func.value, frame, instead)
        if READING in instead and instead[READING].is_at(owner, key):
            return instead[READING].value
        value = look(owner, key)
        return (evaluate(node.args[1], frame, instead) if len(node.args) > 1 else None) if value is NOTHING else value
    if isinstance(node, ast.Call) and READING in instead:
        return effects.called(node, frame, instead)
    raise Unknown


READING = "?"
"""In `instead`: what is at one place, and that methods which only read may be looked through (effects.Reading)."""
SUMS = "+"
"""In `instead`: sums may be computed, too."""
_OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul}
_PLAIN_CALLS: dict[str, Any] = {"len": len, "bool": bool, "int": int}


def _plain_call(name: str, value: Any, frame: Any) -> Any:
    """len(), bool() or int() of something built in."""
    if name in frame.f_globals or name in frame.f_code.co_varnames or (name == "int" and type(value) not in (int, float, bool)) or (
            name == "len" and type(value) not in _SIZED):
        raise Unknown
    return truth(value) if name == "bool" else _PLAIN_CALLS[name](value)


def truth(value: Any) -> bool:
    cls = type(value)
    if cls.__module__ == "builtins" or not (hasattr(cls, "__bool__") or hasattr(cls, "__len__")):
        return bool(value)
    raise Unknown


def _compare(left: Any, op: ast.cmpop, right: Any) -> bool:
    if isinstance(op, (ast.Is, ast.IsNot)):
        return (left is right) is isinstance(op, ast.Is)
    if isinstance(op, (ast.In, ast.NotIn)):
        _check_key(left)
        if type(right) not in (list, tuple, str) and not isinstance(right, (dict, set, frozenset)):
            raise Unknown
        return (left in right) is isinstance(op, ast.In)
    for value in (left, right):
        if type(value) not in _PLAIN_KEYS and type(value) not in (tuple, list, dict):
            raise Unknown
    try:
        return {ast.Eq: left.__eq__, ast.NotEq: left.__ne__, ast.Lt: left.__lt__, ast.LtE: left.__le__, ast.Gt: left.__gt__,
                ast.GtE: left.__ge__}[type(op)](right) is True
    except (KeyError, AttributeError):
        raise Unknown from None


def is_same(a: Any, b: Any, depth: int = 0) -> bool:
    """Do two objects hold the same?  Objects of the user's classes are compared by what they hold that is ever read."""
    if a is b:
        return True
    cls = type(a)
    if cls is not type(b) or depth > 6:
        return False
    if cls in (int, str, bytes, bool, complex, frozenset):
        return bool(a == b)
    if cls is float:
        engine = current.engine
        near = engine is not None and all(abs(v - engine.now) < 3_600 or v > 1e9 for v in (a, b))
        return bool(a == b) or near  # moments: when something was filled says nothing of what was filled
    if isinstance(a, dict):
        return len(a) == len(b) and all(k in b and is_same(v, dict.get(b, k), depth + 1) for k, v in list(dict.items(a)) if _is_plain(k)) and \
            all(_is_plain(k) for k in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(is_same(x, y, depth + 1) for x, y in zip(a, b, strict=True))
    if cls is set:
        return all(_is_plain(x) for x in a) and bool(a == b)
    if cls.__module__ in ("_thread", "threading", "asyncio.locks"):
        return True
    state = _state(a)
    if state or (hasattr(a, "__dict__") and not hasattr(cls, "__slots__") and cls.__module__ != "builtins" and sites.is_users_class(cls)):
        other = _state(b)
        if not sites.is_users_class(cls) or hasattr(cls, "__dataclass_fields__"):
            return is_same(state, other, depth + 1)
        return state.keys() == other.keys() and all(is_same(value, other[name], depth + 1) or not sources.is_read(name) for name, value in state.items())
    return False


def _is_plain(key: Any) -> bool:
    return type(key) in _PLAIN_KEYS or (type(key) is tuple and all(_is_plain(k) for k in key))


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
