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
import inspect
import types
from typing import Any

from . import accessors, atoms, sites, sources, syntax

_DECIDES = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.Try, ast.TryStar, ast.Match, ast.Assert, ast.Raise, ast.IfExp, ast.Yield, ast.YieldFrom, ast.Lambda,
            ast.FunctionDef, ast.AsyncFunctionDef)


class Change:
    """A change a function makes.  sign: "+" or "-" of a number at `place`, "grow" of the container `place` is.  done: the offset of the instruction that makes it."""

    __slots__ = ("code", "done", "parameters", "place", "sign")

    def __init__(self, code: types.CodeType, place: ast.expr, sign: str, lines: tuple[int, int]) -> None:
        self.code = code
        self.parameters = inspect.getargs(code).args
        self.place = place
        self.sign = sign
        names = ("CALL", "CALL_METHOD") if sign == "grow" else ("STORE_ATTR", "STORE_SUBSCR", "STORE_GLOBAL")
        self.done = max((i.offset for i in dis.get_instructions(code) if i.opname in names and i.positions is not None and i.positions.lineno is not None
                         and lines[0] <= i.positions.lineno <= lines[1]), default=1 << 30)


@functools.lru_cache(maxsize=1024)
def changes_of(function: Any) -> tuple[Change, ...]:
    """The changes a function of the user's makes without deciding whether to."""
    node = _plain_function(function)
    if node is None or any(isinstance(part, _DECIDES) for statement in node.body for part in ast.walk(statement)):
        return ()
    found = []
    for part in (p for statement in node.body for p in ast.walk(statement) if isinstance(p, ast.stmt)):
        change = syntax.change_of(part)
        if change is not None and _is_chain(change[0]):
            found.append(Change(function.__code__, *change, (part.lineno, part.end_lineno or part.lineno)))
    return tuple(found)


@functools.lru_cache(maxsize=1024)
def reader_of(function: Any) -> tuple[list[str], ast.expr] | None:
    """A function that only reads -> (its parameters, what it returns in terms of them)."""
    node = _plain_function(function)
    if node is None:
        return None
    made: dict[str, ast.expr] = {}
    last = accessors._straight(node.body, made)
    if not isinstance(last, ast.Return) or last.value is None:
        return None

    result = last.value
    for _ in made:
        result = syntax.with_names(result, made)
    if sum(1 for _ in ast.walk(result)) > 200:
        return None
    return inspect.getargs(function.__code__).args, result


def _plain_function(function: Any) -> Any:
    if type(function) is not types.FunctionType or not sites.is_user_code(function.__code__):
        return None
    node = sources.node_of(function.__code__)
    return None if node is None or isinstance(node, ast.Lambda) else node


def _is_chain(node: ast.AST) -> bool:
    """`self.articles[name].stock`: attributes and items with plain keys."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        if isinstance(node, ast.Subscript) and not isinstance(node.slice, (ast.Name, ast.Constant)):
            return False
        node = node.value
    return isinstance(node, ast.Name)


class Reading:
    """What a condition is asked with: in `instead` of atoms.evaluate.  value: what is at the place (owner, key); met: has the condition looked there?"""

    __slots__ = ("depth", "key", "met", "owner", "value")

    def __init__(self, owner: Any, key: Any, value: Any) -> None:
        self.owner, self.key, self.value = owner, key, value
        self.met = False
        self.depth = 0

    def is_at(self, owner: Any, key: Any) -> bool:
        if owner is self.owner and type(key) is type(self.key) and key == self.key:
            self.met = True
            return True
        return False


def called(node: ast.Call, frame: Any, instead: dict[str, Any]) -> Any:
    """The value of a call of a function that only reads."""
    function, owner = atoms._function(node.func, frame)
    if node.keywords or any(isinstance(a, ast.Starred) for a in node.args):
        raise atoms.Unknown
    given = [atoms.evaluate(a, frame, instead) for a in node.args]
    return _read(function, given if owner is atoms.NOTHING else [owner, *given], instead)


def property_of(owner: Any, name: str, instead: dict[str, Any]) -> Any:
    """The value of a property that only reads."""
    value = next((base.__dict__[name] for base in type(owner).__mro__ if name in base.__dict__), None)
    if type(value) is not property:
        raise atoms.Unknown
    return _read(value.fget, [owner], instead)


def _read(function: Any, given: list[Any], instead: dict[str, Any]) -> Any:
    reader = reader_of(function)
    reading = instead[atoms.READING]
    if reader is None or len(reader[0]) != len(given) or reading.depth > 4:
        raise atoms.Unknown
    reading.depth += 1
    try:
        return atoms.evaluate(reader[1], Frame(function, reader[0], given), instead)
    finally:
        reading.depth -= 1


class Frame:
    """A call that is not made, as a frame to look names up in."""

    __slots__ = ("f_code", "f_globals", "f_locals")

    def __init__(self, function: Any, parameters: list[str], values: list[Any]) -> None:
        self.f_code = function.__code__
        self.f_globals = function.__globals__
        self.f_locals = dict(zip(parameters, values, strict=False))


def locate(window: Any, frame: Any) -> tuple[Any, Any]:
    """-> (owner, key) of the place that a window with an effect changes, where its condition looks there and no nearer one does."""
    for owner, key, change in _places(window.effect, frame):
        value = atoms.look(owner, key)
        if type(value) not in (int, float):
            continue
        if not window.nearer and change is not None and change is window.met:
            return owner, key  # asked before; whether the condition looks there now is asked again when it is judged
        if looks_at(window.condition, frame, owner, key, value) and not any(looks_at(c, frame, owner, key, value) for c in window.nearer):
            window.met = change
            return owner, key
    raise atoms.Unknown


def looks_at(condition: ast.expr, frame: Any, owner: Any, key: Any, value: Any) -> bool:
    reading = Reading(owner, key, value)
    try:
        atoms.evaluate(condition, frame, {atoms.READING: reading, atoms.SUMS: True})
    except atoms.Unknown:
        pass
    return reading.met


def holds(window: Any, frame: Any, owner: Any, key: Any, value: Any) -> bool:
    """Would the condition still send the function to the change, with `value` at the place?"""
    reading = Reading(owner, key, value)
    now = atoms.truth(atoms.evaluate(window.condition, frame, {atoms.READING: reading, atoms.SUMS: True}))
    return not reading.met or now is window.holds


def _places(effect: Any, frame: Any) -> list[tuple[Any, Any, Change | None]]:
    """The places a statement changes: (owner, key, the change where a called method makes it)."""
    if not isinstance(effect, ast.Call):
        target, sign = effect
        return [(*_place(target, sign, frame), None)]
    function, owner = atoms._function(effect.func, frame)
    changes = changes_of(function)
    if not changes:
        raise atoms.Unknown
    given = [] if owner is atoms.NOTHING else [owner]
    for argument in effect.args:
        try:
            given.append(atoms.evaluate(argument, frame, {}))
        except atoms.Unknown:
            given.append(atoms.NOTHING)
    inside = Frame(function, changes[0].parameters, given)
    out: list[tuple[Any, Any, Change | None]] = []
    for change in changes:
        try:
            out.append((*_place(change.place, change.sign, inside), change))
        except atoms.Unknown:
            continue
    return out


def _place(target: ast.expr, sign: str, frame: Any) -> tuple[Any, Any]:
    if sign == "grow":
        return atoms.evaluate(target, frame, {}), atoms.LENGTH
    owner = atoms.evaluate(target.value, frame, {})  # type: ignore[attr-defined]
    if isinstance(target, ast.Subscript):
        key = atoms.evaluate(target.slice, frame, {})
        atoms._check_key(key)
        return owner, key
    return owner, atoms._Attribute(target.attr)  # type: ignore[attr-defined]


def has_run(window: Any, frame: Any, inner: Any, owner: Any, key: Any) -> bool:
    """A function stands in a call of another, `inner`: has that made the change already?"""
    if not isinstance(window.effect, ast.Call):
        return False
    try:
        return any(change is not None and change.code is inner.f_code and inner.f_lasti >= change.done and its is owner and its_key == key
                   for its, its_key, change in _places(window.effect, frame))
    except atoms.Unknown:
        return False


def has_closed(window: Any, frame: Any, inner: Any) -> bool:
    """Has the method `inner` that a window's `target` calls set its attributes already?"""
    try:
        function = atoms._function(window.target.func, frame)[0]
    except atoms.Unknown:
        return False
    if type(function) is not types.FunctionType or function.__code__ is not inner.f_code:
        return False
    return any(i.opname == "STORE_ATTR" and i.offset <= inner.f_lasti for i in dis.get_instructions(inner.f_code))


def gives_back(window: Any, frame: Any, owner: Any, key: Any) -> bool:
    """Has this call made the opposite change before?  Then it makes good its own."""
    try:
        signs = {change.sign if change is not None else window.effect[1] for its, its_key, change in _places(window.effect, frame) if its is owner and its_key == key}
    except atoms.Unknown:
        return False
    for effect in window.earlier:
        try:
            for its, its_key, change in _places(effect, frame):
                sign = change.sign if change is not None else effect[1]
                if its is owner and its_key == key and signs == {{"+": "-", "-": "+"}.get(sign, "")}:
                    return True
        except atoms.Unknown:
            continue
    return False


def is_one(window: Any, frame: Any) -> bool:
    """Does a window with an effect change a place its condition looks at?"""
    try:
        locate(window, frame)
    except atoms.Unknown:
        return False
    return True


def describe(window: Any, frame: Any) -> str:
    """The place in the words of the frame's function."""
    effect = window.effect
    try:
        at = locate(window, frame)
        change = next(change for its, key, change in _places(effect, frame) if its is at[0] and key == at[1])
    except (atoms.Unknown, StopIteration):
        return str(window.text)
    if change is None:
        return ast.unparse(effect[0])
    given: list[ast.expr] = [effect.func.value] if isinstance(effect.func, ast.Attribute) and change.parameters[:1] == ["self"] else []
    names = dict(zip(change.parameters, [*given, *effect.args], strict=False))

    class Given(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.expr:
            return names.get(node.id, node)

    return ast.unparse(Given().visit(atoms.copied(change.place)))
