"""Does a function in an executor only compute, or does it share state with the rest of the program?

Its calls into the user's own code are watched (a profile function in that thread alone).  Each function called is looked at
once: what it writes to (attributes, items, mutating methods, globals, locks), and whether that is reached from something that was
there before the job: a global, a closure, an argument.  What the job made itself is its own business.

Reading shared state is not listed: nearly every function does, and mostly of constants.
"""

from __future__ import annotations

import ast
import builtins
import concurrent.futures
import functools
import inspect
import queue
import sys
import threading
import types
from typing import Any

from . import primitives, sites, sources

LOCKING = frozenset(("acquire", "release", "wait", "wait_for", "notify", "notify_all", "acquire_lock"))
_COPIES = frozenset(("copy", "deepcopy", "split", "splitlines", "encode", "decode", "strip", "format", "join", "read", "readline",
                     "readlines", "keys", "values", "items"))
_PLAIN = (str, bytes, int, float, complex, bool, type(None), range, type, types.FunctionType, types.BuiltinFunctionType, types.CodeType)
_SYNCHRONISATION = (threading.Event, threading.Condition, threading.Semaphore, threading.Barrier, threading.Thread, queue.Queue, queue.SimpleQueue,
                    concurrent.futures.Future, primitives.Lock, primitives.RLock)
MOST = 300
"""Objects followed from the arguments of a job."""

Use = tuple[str, str, int]
"""(kind: "write" or "lock", the variable it starts from, line)"""


class Watch:
    """The profile function of one job; `found` is called with (what, code, line)."""

    def __init__(self, func: Any, args: tuple[Any, ...], found: Any) -> None:
        self.found = found
        self.shared: dict[int, Any] = {}
        func, args = _unwrapped(func, args)
        for value in (*args, getattr(func, "__self__", None), *(c.cell_contents for c in getattr(func, "__closure__", None) or () if _full(c))):
            self._take(value, 0)
        owner = getattr(func, "__self__", None)
        if isinstance(func, types.BuiltinMethodType) and func.__name__ in sources.MUTATING | LOCKING and not isinstance(owner, types.ModuleType):
            found("shared state" if func.__name__ in sources.MUTATING else "a lock", None, 0)

    def _take(self, value: Any, depth: int) -> None:
        if isinstance(value, _PLAIN) or id(value) in self.shared or len(self.shared) > MOST or depth > 3:
            return
        self.shared[id(value)] = value
        if isinstance(value, dict):
            inner: Any = list(value.values())
        elif isinstance(value, (list, tuple, set, frozenset)):
            inner = list(value)
        else:
            inner = list(getattr(value, "__dict__", {}).values()) if not isinstance(value, types.ModuleType) else ()
        for each in inner:
            self._take(each, depth + 1)

    def __call__(self, frame: Any, event: str, _: Any) -> None:
        if event != "call":
            return
        code = frame.f_code
        if not sites.is_user_code(code):
            return
        local = frame.f_locals if code.co_argcount or code.co_kwonlyargcount else {}
        for kind, name, line in uses(code):
            if name in local:
                if id(local[name]) not in self.shared or isinstance(local[name], _PLAIN):
                    continue
            elif name in frame.f_globals:
                value = frame.f_globals[name]
                if isinstance(value, types.ModuleType):
                    continue  # `os.write`, `operator.add`: a function of a module
            elif hasattr(builtins, name):
                continue
            self.found("shared state" if kind == "write" else "a lock", code, line)


def _full(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False


def _unwrapped(func: Any, args: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:
    """Through partials and `Context.run`, which is how to_thread hands a function over."""
    for _ in range(5):
        if isinstance(func, functools.partial):
            func, args = func.func, (*func.args, *args, *func.keywords.values())
        elif getattr(func, "__name__", "") == "run" and type(getattr(func, "__self__", None)).__name__ == "Context" and args:
            func, args = args[0], args[1:]
        else:
            break
    return func, args


def is_synchronisation(func: Any, args: tuple[Any, ...]) -> bool:
    """Is this a method of one of the standard library's own locks, events, queues, futures or threads?  It is there to wait for others, or to let them go on."""
    func, _ = _unwrapped(func, args)
    return isinstance(getattr(func, "__self__", None), _SYNCHRONISATION)


@functools.cache
def uses(code: types.CodeType) -> tuple[Use, ...]:
    """What a function writes to or locks that it may not have made itself, each by the variable it starts from."""
    node = sources.node_of(code)
    if node is None:
        return ()
    finder = _Finder(code)
    body = node.body if isinstance(node.body, list) else [node.body]
    for statement in body:
        finder.visit(statement)
    return tuple(dict.fromkeys(finder.uses))


class _Finder(ast.NodeVisitor):
    def __init__(self, code: types.CodeType) -> None:
        count = code.co_argcount + code.co_kwonlyargcount
        count += bool(code.co_flags & inspect.CO_VARARGS) + bool(code.co_flags & inspect.CO_VARKEYWORDS)
        self.arguments = set(code.co_varnames[:count])
        self.local = set(code.co_varnames) | set(code.co_cellvars)
        self.declared: set[str] = set()
        self.tied: dict[str, str] = {}
        """A local that stands for (part of) something not made here -> the variable that came from."""
        self.uses: list[Use] = []

    def _origin(self, node: ast.AST) -> str | None:
        """The variable an expression's object is reached from; None if it was made here."""
        while True:
            if isinstance(node, ast.Name):
                if node.id in self.tied:
                    return self.tied[node.id]
                return node.id if node.id in self.arguments or node.id not in self.local else None
            if isinstance(node, (ast.Attribute, ast.Subscript, ast.Starred, ast.Await)):
                node = node.value
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr not in _COPIES and \
                    not node.func.attr[:1].isupper() and not self._of_module(node.func.value):
                node = node.func.value
            else:
                return None

    def _of_module(self, node: ast.AST) -> bool:
        """`json.loads(...)`, `Parser.make(...)`: what a name outside of the function makes is new."""
        return isinstance(node, ast.Name) and node.id not in self.local

    def _written(self, target: ast.AST) -> None:
        if isinstance(target, (ast.Tuple, ast.List)):
            for each in target.elts:
                self._written(each)
        elif isinstance(target, (ast.Attribute, ast.Subscript)):
            origin = self._origin(target.value)
            if origin is not None:
                self.uses.append(("write", origin, target.lineno))
        elif isinstance(target, ast.Name) and target.id in self.declared:
            self.uses.append(("write", target.id, target.lineno))

    def visit_Global(self, node: ast.Global | ast.Nonlocal) -> None:
        self.declared.update(node.names)

    visit_Nonlocal = visit_Global  # type: ignore[assignment]

    def visit_Assign(self, node: ast.Assign) -> None:
        self.generic_visit(node)
        for target in node.targets:
            self._written(target)
            if isinstance(target, ast.Name) and target.id in self.local:
                self._tie(target.id, self._origin(node.value))

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.generic_visit(node)
        self._written(node.target)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.generic_visit(node)
        self._written(node.target)

    def visit_Delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            self._written(target)

    def visit_For(self, node: ast.For) -> None:
        if isinstance(node.target, ast.Name):
            self._tie(node.target.id, self._origin(node.iter))
        self.generic_visit(node)

    def _tie(self, name: str, origin: str | None) -> None:
        if origin is not None:
            self.tied[name] = origin
        else:
            self.tied.pop(name, None)
            self.arguments.discard(name)

    def visit_With(self, node: ast.With) -> None:
        for item in node.items:
            expression = item.context_expr
            if isinstance(expression, (ast.Name, ast.Attribute, ast.Subscript)):
                origin = self._origin(expression)
                if origin is not None:
                    self.uses.append(("lock", origin, expression.lineno))
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        self.generic_visit(node)
        if isinstance(node.func, ast.Attribute) and node.func.attr in sources.MUTATING | LOCKING:
            origin = self._origin(node.func.value)
            if origin is not None:
                kind = "lock" if node.func.attr in LOCKING else "write"
                self.uses.append((kind, origin, node.lineno))

    def visit_FunctionDef(self, node: Any) -> None:
        pass  # looked at when it is called

    visit_AsyncFunctionDef = visit_Lambda = visit_ClassDef = visit_FunctionDef


def watched(func: Any, args: tuple[Any, ...], into: list[tuple[str, str]]) -> Any:
    """Call `func` in this thread, listing into `into` what it shares -> its result."""

    def found(what: str, code: Any, line: int) -> None:
        where = f"{sites.relative(code.co_filename)}:{line}" if code is not None else ""
        item = (f"a function in a thread uses {what}", where)
        if item not in into:
            into.append(item)

    watch = Watch(func, args, found)
    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        return func(*args)
    finally:
        sys.setprofile(before)
