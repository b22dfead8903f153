"""Looks and changes through methods: `if not room.is_full(): room.add(name)`, `if inventory.available(name) >= n: inventory.take(name, n)`.

A window (windows.py) with an `effect` begins behind a condition and ends with a change that may lie in a called method: `+=` or `-=` of a number, or one more element in a
container.  Which place that is, and whether the condition looks at it at all, is found when somebody stands still there: methods are read from their source, one
that only reads (`return len(self.members) >= self.capacity`, a property, too) is put in the place of its call, one that changes and does not decide anything itself is the change.  No code of the
program is run.
"""

from __future__ import annotations

import ast
import dis
import functools
import types
from typing import Any

from . import places, sources, syntax
from .places import LENGTH, NOTHING, Attribute, Call, Unknown, evaluate
from .window import Window

_DECIDES = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.Try, ast.TryStar, ast.Match, ast.Assert, ast.Raise, ast.IfExp, ast.Yield, ast.YieldFrom, ast.Lambda,
            ast.FunctionDef, ast.AsyncFunctionDef)


class Change:
    """A change a function makes.  sign: "+" or "-" of a number at `place`, "grow" of the container `place` is.  done: the offset of the instruction that makes it."""

    __slots__ = ("code", "done", "place", "sign")

    def __init__(self, code: types.CodeType, place: ast.expr, sign: str, lines: tuple[int, int]) -> None:
        self.code = code
        self.place = place
        self.sign = sign
        names = ("CALL", "CALL_METHOD") if sign == "grow" else ("STORE_ATTR", "STORE_SUBSCR", "STORE_GLOBAL")
        self.done = max((i.offset for i in dis.get_instructions(code) if i.opname in names and i.positions is not None and i.positions.lineno is not None
                         and lines[0] <= i.positions.lineno <= lines[1]), default=1 << 30)


@functools.lru_cache(maxsize=1024)
def changes_of(code: types.CodeType) -> tuple[Change, ...]:
    """The changes a function of the user's makes without deciding whether to."""
    body = _body(code)
    if any(isinstance(part, _DECIDES) for statement in body for part in ast.walk(statement)):
        return ()
    found = []
    for part in (p for statement in body for p in ast.walk(statement) if isinstance(p, ast.stmt)):
        change = syntax.change_of(part)
        if change is not None and _is_chain(change[0]):
            found.append(Change(code, *change, (part.lineno, part.end_lineno or part.lineno)))
    return tuple(found)


@functools.lru_cache(maxsize=1024)
def result_of(code: types.CodeType) -> ast.expr | None:
    """What a function of the user's that only reads returns, in terms of its parameters."""
    made: dict[str, ast.expr] = {}
    last = syntax.straight(_body(code), made)
    if not isinstance(last, ast.Return) or last.value is None:
        return None
    result = last.value
    for _ in made:
        result = syntax.with_names(result, made)
    return result if sum(1 for _ in ast.walk(result)) <= 200 else None


def _body(code: types.CodeType) -> list[ast.stmt]:
    node = sources.node_of(code)
    return [] if node is None or isinstance(node, ast.Lambda) else node.body


def _is_chain(node: ast.AST) -> bool:
    """`self.articles[name].stock`: attributes and items with plain keys."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        if isinstance(node, ast.Subscript) and not isinstance(node.slice, (ast.Name, ast.Constant)):
            return False
        node = node.value
    return isinstance(node, ast.Name)


class Asking(places.Sums):
    """How a condition is asked with `value` at the place (owner, key): through methods that only read.  met: has it looked there?"""

    __slots__ = ("depth", "key", "met", "owner", "value")

    def __init__(self, owner: Any, key: Any, value: Any) -> None:
        self.owner, self.key, self.value = owner, key, value
        self.met = False
        self.depth = 0

    def look(self, owner: Any, key: Any) -> Any:
        if owner is self.owner and type(key) is type(self.key) and key == self.key:
            self.met = True
            return self.value
        try:
            return places.look(owner, key)
        except Unknown:
            value = places.of_class(type(owner), key) if type(key) is Attribute else None
            if type(value) is not property:
                raise
        return self.called(value.fget, [owner])

    def more(self, node: ast.expr, frame: Any) -> Any:
        if isinstance(node, ast.Await):
            return evaluate(node.value, frame, self)
        if not isinstance(node, ast.Call):
            return super().more(node, frame)
        function, owner = places.function(node.func, frame)
        if node.keywords or any(isinstance(a, ast.Starred) for a in node.args):
            raise Unknown
        given = [evaluate(a, frame, self) for a in node.args]
        return self.called(function, given if owner is NOTHING else [owner, *given])

    def called(self, function: Any, given: list[Any]) -> Any:
        """The value of a call of a function that only reads."""
        code = places.code_of(function)
        result = result_of(code)
        if result is None or code.co_argcount != len(given) or self.depth > 4:
            raise Unknown
        self.depth += 1
        try:
            return evaluate(result, Call(function, given), self)
        finally:
            self.depth -= 1


def locate(window: Window, frame: Any) -> tuple[Any, Any]:
    """-> (owner, key) of the place that a window with an effect changes, where its condition looks there and no nearer one does."""
    for owner, key, change in _places(window.effect, frame):
        value = places.look(owner, key)
        if type(value) not in (int, float):
            continue
        if not window.nearer and change is not None and change is window.met:
            return owner, key  # asked before; whether the condition looks there now is asked again when it is judged
        if looks_at(window.condition, frame, owner, key, value) and not any(looks_at(c, frame, owner, key, value) for c in window.nearer):
            window.met = change
            return owner, key
    raise Unknown


def looks_at(condition: ast.expr, frame: Any, owner: Any, key: Any, value: Any) -> bool:
    asking = Asking(owner, key, value)
    try:
        evaluate(condition, frame, asking)
    except Unknown:
        pass
    return asking.met


def holds(window: Window, frame: Any, owner: Any, key: Any, value: Any) -> bool:
    """Would the condition still send the function to the change, with `value` at the place?"""
    asking = Asking(owner, key, value)
    now = places.truth(evaluate(window.condition, frame, asking))
    return not asking.met or now is window.holds


def _places(effect: Any, frame: Any) -> list[tuple[Any, Any, Change | None]]:
    """The places a statement changes: (owner, key, the change where a called method makes it)."""
    if not isinstance(effect, ast.Call):
        target, sign = effect
        return [(*_place(target, sign, frame), None)]
    function, owner = places.function(effect.func, frame)
    changes = changes_of(places.code_of(function))
    if not changes:
        raise Unknown
    given = [] if owner is NOTHING else [owner]
    for argument in effect.args:
        try:
            given.append(evaluate(argument, frame))
        except Unknown:
            given.append(NOTHING)
    inside = Call(function, given)
    out: list[tuple[Any, Any, Change | None]] = []
    for change in changes:
        try:
            out.append((*_place(change.place, change.sign, inside), change))
        except Unknown:
            continue
    return out


def _place(target: Any, sign: str, frame: Any) -> tuple[Any, Any]:
    return (evaluate(target, frame), LENGTH) if sign == "grow" else places.place(target, frame)


def has_run(window: Window, frame: Any, inner: Any, owner: Any, key: Any) -> bool:
    """A function stands in a call of another, `inner`: has that made the change already?"""
    if not isinstance(window.effect, ast.Call):
        return False
    try:
        return any(change is not None and change.code is inner.f_code and inner.f_lasti >= change.done and its is owner and its_key == key
                   for its, its_key, change in _places(window.effect, frame))
    except Unknown:
        return False


def has_closed(window: Window, frame: Any, inner: Any) -> bool:
    """Has the method `inner` that a window's `target` calls set its attributes already?"""
    try:
        function = places.function(window.target.func, frame)[0]
    except Unknown:
        return False
    if type(function) is not types.FunctionType or function.__code__ is not inner.f_code:
        return False
    return any(i.opname == "STORE_ATTR" and i.offset <= inner.f_lasti for i in dis.get_instructions(inner.f_code))


def gives_back(window: Window, frame: Any, owner: Any, key: Any) -> bool:
    """Has this call made the opposite change before?  Then it makes good its own."""
    try:
        signs = {change.sign if change is not None else window.effect[1] for its, its_key, change in _places(window.effect, frame) if its is owner and its_key == key}
    except Unknown:
        return False
    for effect in window.earlier:
        try:
            for its, its_key, change in _places(effect, frame):
                sign = change.sign if change is not None else effect[1]
                if its is owner and its_key == key and signs == {{"+": "-", "-": "+"}.get(sign, "")}:
                    return True
        except Unknown:
            continue
    return False


def is_one(window: Window, frame: Any) -> bool:
    """Does a window with an effect change a place its condition looks at?"""
    try:
        locate(window, frame)
    except Unknown:
        return False
    return True


def describe(window: Window, frame: Any) -> str:
    """The place in the words of the frame's function."""
    effect = window.effect
    try:
        at = locate(window, frame)
        change = next(change for its, key, change in _places(effect, frame) if its is at[0] and key == at[1])
    except (Unknown, StopIteration):
        return window.text
    return ast.unparse(effect[0]) if change is None else places.in_words_of(effect, change.code, change.place)
