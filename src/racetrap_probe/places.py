"""Places in memory, read as they are there, without running any code of the program: a property, a proxy or a lazy attribute is no place.

A place is an object and an Attribute of it, a key, or LENGTH.  Expressions over places are read here, too; what more may be read in one than places and comparisons
of them is up to a Reading: sums, or methods that only read (effects.py).
"""

from __future__ import annotations

import ast
import collections
import enum
import operator
import types
from typing import Any

from . import current, sites, sources, syntax

NOTHING = type("NOTHING", (), {"__repr__": lambda self: "nothing"})()
"""What is at a place where nothing is."""
_PLAIN_KEYS = (str, int, bytes, float, bool, type(None))
_VALUES = {"datetime": ("date", "datetime", "time", "timedelta", "timezone"), "decimal": ("Decimal",), "fractions": ("Fraction",), "uuid": ("UUID",),
           "ipaddress": ("IPv4Address", "IPv6Address"), "pathlib": ("PosixPath", "PurePosixPath"), "pathlib._local": ("PosixPath", "PurePosixPath")}
"""Values of the interpreter's own library that are keys, by their modules: nothing of these is imported for it."""
SEQUENCES = (list, collections.deque, set)
SIZED = (*SEQUENCES, dict, collections.defaultdict, collections.OrderedDict, collections.Counter, str, bytes, tuple, frozenset)


class Unknown(Exception):
    """It cannot be told without running the program's code."""


class _Length:
    """What is looked at of a container that grows."""

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = object.__hash__


LENGTH = _Length()


class Attribute(str):
    """The name of an attribute, to be told from a key."""

    __slots__ = ()


class Call:
    """A call that is not made, as a frame to look names up in."""

    __slots__ = ("f_code", "f_globals", "f_locals")

    def __init__(self, function: types.FunctionType, values: list[Any]) -> None:
        self.f_code = function.__code__
        self.f_globals = function.__globals__
        self.f_locals = dict(zip(parameters(function.__code__), values, strict=False))


def parameters(code: types.CodeType) -> tuple[str, ...]:
    return code.co_varnames[:code.co_argcount]


def in_words_of(call: ast.Call, code: types.CodeType, place: ast.expr) -> str:
    """A place of a function's in the words of who calls it: `self.store.rows[key]` where that is what `self.store.write(key, ...)` writes."""
    names = parameters(code)
    given = [call.func.value] if isinstance(call.func, ast.Attribute) and names[:1] == ("self",) else []
    return ast.unparse(syntax.with_names(place, dict(zip(names, [*given, *call.args], strict=False))))


# ------------------------------------------------------------------- looking
def check_key(key: Any) -> None:
    """Raises Unknown for one whose comparison may run code of the program."""
    if not is_plain(key):
        raise Unknown


def is_plain(key: Any) -> bool:
    """Can it be compared without running code of the program?"""
    kind = type(key)
    return kind in _PLAIN_KEYS or (isinstance(key, tuple) and _compares_as(kind, tuple) and all(is_plain(k) for k in key)) or _is_plain_kind(kind)


def _is_plain_kind(kind: type) -> bool:
    if kind.__name__ in _VALUES.get(kind.__module__, ()):
        return True
    if issubclass(kind, enum.Enum):
        return kind.__hash__ in (enum.Enum.__hash__, int.__hash__, str.__hash__) and kind.__eq__ in (object.__eq__, int.__eq__, str.__eq__)
    return _compares_as(kind, object)


def _compares_as(kind: type, base: type) -> bool:
    return kind.__hash__ is base.__hash__ and kind.__eq__ is base.__eq__


def look(owner: Any, key: Any) -> Any:
    """What is at a place now; NOTHING if nothing is."""
    if type(key) is Attribute:
        return attribute(owner, key)
    if key is LENGTH:
        if type(owner) not in SIZED:
            raise Unknown
        return len(owner)
    if isinstance(owner, dict):
        return dict.get(owner, key, NOTHING)
    if type(owner) is list and type(key) is int:
        return owner[key] if -len(owner) <= key < len(owner) else NOTHING
    raise Unknown


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


def of_class(cls: type, name: str) -> Any:
    """What a class or one of its bases defines under a name, as it stands there; None if nothing."""
    return next((base.__dict__[name] for base in cls.__mro__ if name in base.__dict__), None)


def _state(owner: Any) -> dict[str, Any]:
    try:
        state = object.__getattribute__(owner, "__dict__")
    except AttributeError:
        return {}
    return state if isinstance(state, dict) else {}


# ------------------------------------------------------------------- reading
class Reading:
    """How an expression is read: what is at its places, and nothing more."""

    __slots__ = ()

    def look(self, owner: Any, key: Any) -> Any:
        """What is at a place; NOTHING if nothing is."""
        return look(owner, key)

    def more(self, node: ast.expr, frame: Any) -> Any:
        """The value of an expression that is none of places."""
        raise Unknown


class Sums(Reading):
    """Sums of numbers are computed, too."""

    __slots__ = ()

    def more(self, node: ast.expr, frame: Any) -> Any:
        if not isinstance(node, ast.BinOp) or type(node.op) not in _OPERATORS:
            raise Unknown
        left, right = evaluate(node.left, frame, self), evaluate(node.right, frame, self)
        if type(left) not in (int, float) or type(right) not in (int, float):
            raise Unknown
        return _OPERATORS[type(node.op)](left, right)


_OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul}
PLACES = Reading()


def evaluate(node: ast.expr, frame: Any, reading: Reading = PLACES) -> Any:
    """The value of an expression in a frame, or a Call."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        local = frame.f_locals
        if node.id in local:
            return local[node.id]
        if node.id in frame.f_globals:
            return frame.f_globals[node.id]
        raise Unknown
    if isinstance(node, (ast.Attribute, ast.Subscript)):
        value = reading.look(*place(node, frame, reading))
        if value is NOTHING:
            raise Unknown
        return value
    if isinstance(node, ast.Tuple):
        return tuple(evaluate(e, frame, reading) for e in node.elts)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return not truth(evaluate(node.operand, frame, reading))
    if isinstance(node, ast.BoolOp):
        value = None
        for part in node.values:
            value = evaluate(part, frame, reading)
            if truth(value) is isinstance(node.op, ast.Or):
                return value
        return value
    if isinstance(node, ast.NamedExpr):
        return evaluate(node.value, frame, reading)
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        return _compare(evaluate(node.left, frame, reading), node.ops[0], evaluate(node.comparators[0], frame, reading))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("len", "bool", "int") and len(node.args) == 1 and not node.keywords:
        return _plain_call(node.func.id, evaluate(node.args[0], frame, reading), frame, reading)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get" and not node.keywords and node.args:
        key = evaluate(node.args[0], frame, reading)
        check_key(key)
        value = reading.look(evaluate(node.func.value, frame, reading), key)
        return (evaluate(node.args[1], frame, reading) if len(node.args) > 1 else None) if value is NOTHING else value
    return reading.more(node, frame)


def place(node: ast.Attribute | ast.Subscript, frame: Any, reading: Reading = PLACES) -> tuple[Any, Any]:
    """-> (the object, its Attribute or key)"""
    if isinstance(node, ast.Subscript):
        key = evaluate(node.slice, frame, reading)
        check_key(key)
        return evaluate(node.value, frame, reading), key
    if node.attr.startswith("__") and not node.attr.endswith("__"):
        raise Unknown
    return evaluate(node.value, frame, reading), Attribute(node.attr)


def function(node: ast.expr, frame: Any) -> tuple[Any, Any]:
    """What is called -> (the function, the object it is called on or NOTHING)"""
    if not isinstance(node, ast.Attribute):
        return evaluate(node, frame), NOTHING
    owner = evaluate(node.value, frame)
    if isinstance(owner, types.ModuleType):
        return attribute(owner, node.attr), NOTHING
    if isinstance(owner, type) or node.attr in _state(owner):
        raise Unknown
    return of_class(type(owner), node.attr), owner


def code_of(function: Any) -> types.CodeType:
    """Of a function of the user's.  What is read from its source is kept by this: a workload that runs again makes new functions of the same code."""
    if type(function) is not types.FunctionType or not sites.is_user_code(function.__code__):
        raise Unknown
    return function.__code__


def _plain_call(name: str, value: Any, frame: Any, reading: Reading) -> Any:
    """len(), bool() or int() of something built in."""
    if name in frame.f_globals or name in frame.f_code.co_varnames:
        raise Unknown
    if name == "len":
        return reading.look(value, LENGTH)
    if name == "bool":
        return truth(value)
    if type(value) not in (int, float, bool):
        raise Unknown
    return int(value)


def truth(value: Any) -> bool:
    cls = type(value)
    if cls.__module__ == "builtins" or not (hasattr(cls, "__bool__") or hasattr(cls, "__len__")):
        return bool(value)
    raise Unknown


def _compare(left: Any, op: ast.cmpop, right: Any) -> bool:
    if isinstance(op, (ast.Is, ast.IsNot)):
        return (left is right) is isinstance(op, ast.Is)
    if isinstance(op, (ast.In, ast.NotIn)):
        check_key(left)
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
        return len(a) == len(b) and all(is_plain(k) for k in a) and all(k in b and is_same(v, dict.get(b, k), depth + 1) for k, v in list(dict.items(a)))
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(is_same(x, y, depth + 1) for x, y in zip(a, b, strict=True))
    if cls is set:
        return all(is_plain(x) for x in a) and bool(a == b)
    if cls.__module__ in ("_thread", "threading", "asyncio.locks"):
        return True
    state = _state(a)
    if state or (hasattr(a, "__dict__") and not hasattr(cls, "__slots__") and cls.__module__ != "builtins" and sites.is_users_class(cls)):
        other = _state(b)
        if not sites.is_users_class(cls) or hasattr(cls, "__dataclass_fields__"):
            return is_same(state, other, depth + 1)
        return state.keys() == other.keys() and all(is_same(value, other[name], depth + 1) or not sources.is_read(name) for name, value in state.items())
    return False
