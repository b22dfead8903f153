"""What the program's source says of its functions and classes, and whether anybody ever reads an attribute."""

from __future__ import annotations

import ast
import asyncio
import functools
import linecache
import sys
import threading
import types
from collections.abc import Iterable
from typing import Any

from . import sites

MUTATING = frozenset((
    "append", "appendleft", "extend", "extendleft", "insert", "add", "update", "pop", "popleft", "popitem", "remove", "discard",
    "clear", "setdefault", "sort", "reverse", "put", "put_nowait", "get_nowait", "set", "set_result", "set_exception", "notify",
    "notify_all", "write", "writelines"))
"""Methods that change what they are called on."""


@functools.lru_cache(maxsize=32)
def parsed(_: str, text: str) -> ast.Module:
    return ast.parse(text)


@functools.lru_cache(maxsize=32)
def _definitions(file: str, text: str) -> dict[tuple[int, str], ast.AST]:
    """By first line (of the decorators, too) and name."""
    out: dict[tuple[int, str], ast.AST] = {}
    for node in ast.walk(parsed(file, text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
            out[first, getattr(node, "name", "<lambda>")] = node
    return out


def node_of(code: types.CodeType) -> Any:
    """The definition a function was compiled from; None if that cannot be found."""
    lines = linecache.getlines(code.co_filename)
    if not lines:
        return None
    try:
        return _definitions(code.co_filename, "".join(lines)).get((code.co_firstlineno, code.co_name))
    except SyntaxError:
        return None


def is_read(name: str) -> bool:
    """Does any loaded file of the program's read an attribute of that name?  What is only ever set tells two objects apart for nobody."""
    return _is_read(name, len(sys.modules))


_REFLECTIVE = ("__dict__", "vars(", "asdict", "__getstate__", "__slots__", "pickle", "deepcopy")


@functools.lru_cache(maxsize=1024)
def _is_read(name: str, _: int) -> bool:
    files = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
    for file in files:
        if not isinstance(file, str) or not sites.is_user_file(file):
            continue
        text = "".join(linecache.getlines(file))
        if any(word in text for word in _REFLECTIVE):
            return True
        if name not in text:
            continue
        try:
            tree = parsed(file, text)
        except SyntaxError:
            return True
        if any((isinstance(n, ast.Attribute) and n.attr == name and not isinstance(n.ctx, ast.Store)) or (isinstance(n, ast.Constant) and n.value == name)
               or (isinstance(n, ast.AugAssign) and isinstance(n.target, ast.Attribute) and n.target.attr == name) for n in ast.walk(tree)):
            return True
    return False


def invalidates(code: types.CodeType, source: str, cache: str) -> bool:
    """Has the class a function is of another method that changes its attribute `source` and sets its attribute `cache` to None?"""
    tree = parsed(code.co_filename, "".join(linecache.getlines(code.co_filename)))
    own = node_of(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and own in node.body:
            return any(isinstance(method, (ast.FunctionDef, ast.AsyncFunctionDef)) and method is not own and method.name != "__init__"
                       and _empties(method, cache) and _changes(method, source) for method in node.body)
    return False


def relies_on(code: types.CodeType, closing: str, count: str) -> bool:
    """Does the method `closing` of a function's class set an attribute that another method asks for, the one that adds to the attribute `count`?"""
    tree = parsed(code.co_filename, "".join(linecache.getlines(code.co_filename)))
    own = node_of(code)
    methods = next(([m for m in node.body if isinstance(m, (ast.FunctionDef, ast.AsyncFunctionDef))] for node in ast.walk(tree)
                    if isinstance(node, ast.ClassDef) and own in node.body), [])
    closes = next((m for m in methods if m.name == closing), None)
    if closes is None or any(isinstance(p, (ast.If, ast.While, ast.For, ast.Try, ast.Await, ast.IfExp, ast.Raise)) for p in ast.walk(closes)):
        return False
    sets = {t.attr for p in ast.walk(closes) if isinstance(p, ast.Assign) and isinstance(p.value, ast.Constant) for t in p.targets
            if isinstance(t, ast.Attribute) and _is_own(t, t.attr)}
    return any(isinstance(p, ast.AugAssign) and isinstance(p.op, ast.Add) and _is_own(p.target, count) for m in methods for p in ast.walk(m)
               if any(isinstance(test, ast.If) and any(_is_own(part, name) for name in sets for part in ast.walk(test.test)) for test in ast.walk(m)))


def _is_own(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == name and isinstance(node.value, ast.Name) and node.value.id == "self"


def _empties(method: ast.AST, name: str) -> bool:
    return any(isinstance(p, ast.Assign) and isinstance(p.value, ast.Constant) and p.value.value is None and any(_is_own(t, name) for t in p.targets)
               for p in ast.walk(method))


def _changes(method: ast.AST, name: str) -> bool:
    for part in ast.walk(method):
        targets = part.targets if isinstance(part, (ast.Assign, ast.Delete)) else [part.target] if isinstance(part, ast.AugAssign) else []
        if any(isinstance(t, ast.Subscript) and _is_own(t.value, name) for t in targets):
            return True
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and part.func.attr in MUTATING and _is_own(part.func.value, name):
            return True
    return False


def start_of_loop(code: types.CodeType, line: int) -> int:
    """The first line of the innermost `while` round a line; the line itself if there is none."""
    node = node_of(code)
    loops = [n for n in ast.walk(node) if isinstance(n, ast.While) and n.lineno <= line <= (n.end_lineno or 0)] if node is not None else []
    return max((n.lineno for n in loops), default=line)


_LOOKS = (asyncio.Condition.wait_for.__code__, threading.Condition.wait_for.__code__)


def looks_first(frames: Iterable[types.FrameType]) -> bool:
    """Does somebody who waits at a condition do so by `wait_for`, or in a `while` that does nothing else?  Then it has looked at the state before.

    frames: of the waiter, innermost first.
    """
    for frame in frames:
        if sites.is_user_code(frame.f_code):
            return _waits_while(frame.f_code, frame.f_lineno)
        if frame.f_code in _LOOKS:
            return True
    return False


def _waits_while(code: types.CodeType, line: int) -> bool:
    node = node_of(code)
    loops = [n for n in ast.walk(node) if isinstance(n, ast.While) and not isinstance(n.test, ast.Constant)] if node is not None else []
    only = [n.body[0] for n in loops if len(n.body) == 1 and isinstance(n.body[0], ast.Expr)]
    return any(wait.lineno <= line <= (wait.end_lineno or 0) for wait in only)
