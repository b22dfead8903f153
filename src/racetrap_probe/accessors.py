"""Methods that only read one place, and methods that only write one: `store.read(key)`, `store.write(key, value)`.

A window (windows.py) may look and write through them.  Which place they stand for is read from their source: a getter ends in `return` of one place
(`self.rows[key]`, `self._balance`, `ROWS.get(key)`, a copy of it), a setter ends in one assignment to a place, of one of its parameters.  A setter that decides
by itself whether to write (compare and swap) is none.
"""

from __future__ import annotations

import ast
import functools
import types
from typing import Any

from . import places, sources, syntax
from .places import Unknown
from .window import Window


class Accessor:
    """place: an expression in the function's parameters and globals.  value: a setter's parameter that is written; "" for a getter."""

    __slots__ = ("code", "place", "value")

    def __init__(self, code: types.CodeType, place: ast.expr, value: str) -> None:
        self.code = code
        self.place = place
        self.value = value


@functools.lru_cache(maxsize=1024)
def of(code: types.CodeType) -> Accessor | None:
    """The accessor a function of the user's is."""
    node = sources.node_of(code)
    if node is None or isinstance(node, ast.Lambda) or any(isinstance(n, (ast.Yield, ast.YieldFrom)) for n in ast.walk(node)):
        return None
    parameters = set(places.parameters(code))
    made: dict[str, ast.expr] = {}
    last = syntax.straight(node.body, made)
    if last is None:
        return None
    if isinstance(last, ast.Return):
        value = last.value
        if isinstance(value, ast.Name) and value.id in made:
            value = made[value.id]
        read = _reads(value, parameters)
        return Accessor(code, next(iter(read.values())), "") if len(read) == 1 else None
    assert isinstance(last, ast.Assign)
    target = last.targets[0]
    given = {n.id for n in ast.walk(last.value) if isinstance(n, ast.Name)} & parameters
    used = {n.id for n in ast.walk(target) if isinstance(n, ast.Name)}
    value_of = given - used
    if len(last.targets) != 1 or len(value_of) != 1 or not _is_place(target, parameters):
        return None
    return Accessor(code, target, value_of.pop())


def _is_place(node: ast.AST, parameters: set[str]) -> bool:
    if isinstance(node, ast.Attribute):
        return _is_path(node.value)
    return isinstance(node, ast.Subscript) and _is_path(node.value) and (
        isinstance(node.slice, ast.Constant) or (isinstance(node.slice, ast.Name) and node.slice.id in parameters)
        or (isinstance(node.slice, ast.Tuple) and all(isinstance(e, ast.Constant) or (isinstance(e, ast.Name) and e.id in parameters) for e in node.slice.elts)))


def _is_path(node: ast.AST) -> bool:
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def _reads(node: ast.AST | None, parameters: set[str]) -> dict[str, ast.expr]:
    """The places an expression reads, the outermost ones: {source: node}."""
    if node is None:
        return {}
    if isinstance(node, (ast.Attribute, ast.Subscript)) and _is_place(node, parameters):
        return {ast.unparse(node): node}
    if isinstance(node, ast.Call):
        out: dict[str, ast.expr] = {}
        inside: list[ast.AST] = [*node.args, *(k.value for k in node.keywords)]
        if isinstance(node.func, ast.Attribute):
            item = ast.Subscript(node.func.value, node.args[0], ast.Load()) if node.func.attr == "get" and node.args else None
            if item is not None and _is_place(item, parameters):
                out[ast.unparse(item)] = item
                inside = inside[1:]
            elif not (isinstance(node.func.value, ast.Name) and node.func.value.id not in parameters):
                inside.append(node.func.value)  # a method of what is there: a copy
        for part in inside:
            out.update(_reads(part, parameters))
        return out
    out = {}
    for child in ast.iter_child_nodes(node):
        out.update(_reads(child, parameters))
    return out


# ----------------------------------------------------------- of a window
def used(window: Window, which: int, frame: Any) -> Accessor:
    """The accessor that is called to look (0) or to write (1)."""
    return _used(window, which, frame)[0]


def _used(window: Window, which: int, frame: Any) -> tuple[Accessor, Any, Any]:
    """-> (the accessor, the function it is of, the object that is called on or NOTHING)"""
    assert window.calls is not None
    function, owner = places.function(window.calls[which].func, frame)
    accessor = of(places.code_of(function))
    if accessor is None or bool(accessor.value) is not bool(which):
        raise Unknown
    return accessor, function, owner


def locate(window: Window, frame: Any) -> tuple[Any, Any]:
    """-> (owner, key) of the place that both calls are about"""
    assert window.calls is not None
    found = []
    for which, call in enumerate(window.calls):
        accessor, function, owner = _used(window, which, frame)
        given = [places.evaluate(a, frame) for a in call.args[:-1 if which else None]]
        found.append(places.place(accessor.place, places.Call(function, given if owner is places.NOTHING else [owner, *given])))
    if found[0][0] is not found[1][0] or found[0][1] != found[1][1]:
        raise Unknown
    return found[0]


def is_in_setter(window: Window, frame: Any, inner: Any) -> bool:
    """Has a function's statement come so far that it stands in the call that writes?  inner: the frame it has called."""
    try:
        return inner is not None and inner.f_code is used(window, 1, frame).code
    except Unknown:
        return False


def describe(window: Window, frame: Any) -> str:
    """The place in the words of the frame's function."""
    assert window.calls is not None
    try:
        accessor = used(window, 1, frame)
    except Unknown:
        return window.text
    return places.in_words_of(window.calls[1], accessor.code, accessor.place)
