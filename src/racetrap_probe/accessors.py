"""Methods that only read one place, and methods that only write one: `store.read(key)`, `store.write(key, value)`.

A window (windows.py) may look and write through them.  Which place they stand for is read from their source: a getter ends in `return` of one place
(`self.rows[key]`, `self._balance`, `ROWS.get(key)`, a copy of it), a setter ends in one assignment to a place, of one of its parameters.  A setter that decides
by itself whether to write (compare and swap) is none.
"""

from __future__ import annotations

import ast
import functools
import inspect
import types
from typing import Any

from . import sites, sources


class Accessor:
    """place: an expression in the function's parameters and globals.  value: a setter's parameter that is written; "" for a getter."""

    __slots__ = ("code", "function", "parameters", "place", "value")

    def __init__(self, function: types.FunctionType, place: ast.expr, value: str) -> None:
        self.function = function
        self.code = function.__code__
        self.parameters = inspect.getargs(self.code).args
        self.place = place
        self.value = value


class Call:
    """A call of an accessor as a frame to look names up in."""

    __slots__ = ("f_globals", "f_locals")

    def __init__(self, accessor: Accessor, values: list[Any]) -> None:
        self.f_globals = accessor.function.__globals__
        self.f_locals = dict(zip(accessor.parameters, values, strict=False))


@functools.lru_cache(maxsize=1024)
def of(function: Any) -> Accessor | None:
    """The accessor a function of the user's is."""
    if type(function) is not types.FunctionType or not sites.is_user_code(function.__code__):
        return None
    node = sources.node_of(function.__code__)
    if node is None or isinstance(node, ast.Lambda) or any(isinstance(n, (ast.Yield, ast.YieldFrom)) for n in ast.walk(node)):
        return None
    parameters = set(inspect.getargs(function.__code__).args)
    made: dict[str, ast.expr] = {}
    last = _straight(node.body, made)
    if last is None:
        return None
    if isinstance(last, ast.Return):
        value = last.value
        if isinstance(value, ast.Name) and value.id in made:
            value = made[value.id]
        places = _places(value, parameters)
        return Accessor(function, next(iter(places.values())), "") if len(places) == 1 else None
    assert isinstance(last, ast.Assign)
    target = last.targets[0]
    given = {n.id for n in ast.walk(last.value) if isinstance(n, ast.Name)} & parameters
    used = {n.id for n in ast.walk(target) if isinstance(n, ast.Name)}
    value_of = given - used
    if len(last.targets) != 1 or len(value_of) != 1 or not _is_place(target, parameters):
        return None
    return Accessor(function, target, value_of.pop())


def _straight(body: list[ast.stmt], made: dict[str, ast.expr]) -> ast.stmt | None:
    """The statement a function without branches ends with, where that returns a value or writes a place; made: locals on the way."""
    statements = list(body)
    decides = False
    while statements:
        node = statements.pop(0)
        if isinstance(node, (ast.With, ast.AsyncWith)) and not any(item.optional_vars for item in node.items):
            statements[:0] = node.body
        elif isinstance(node, ast.Return):
            return node if node.value is not None else None
        elif isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            made[node.targets[0].id] = node.value
        elif isinstance(node, ast.Assign):
            simple = all(isinstance(s, ast.Return) and (s.value is None or isinstance(s.value, (ast.Constant, ast.Name))) for s in statements)
            return node if simple and not decides else None
        elif isinstance(node, ast.Assert) or (isinstance(node, ast.If) and not node.orelse and isinstance(node.body[-1], ast.Raise)):
            decides = True
        elif not isinstance(node, (ast.Expr, ast.Pass)):
            return None
    return None


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


def _places(node: ast.AST | None, parameters: set[str]) -> dict[str, ast.expr]:
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
            out.update(_places(part, parameters))
        return out
    out = {}
    for child in ast.iter_child_nodes(node):
        out.update(_places(child, parameters))
    return out
