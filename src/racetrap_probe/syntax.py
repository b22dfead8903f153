"""Small questions about expressions and statements: what is asked, called, copied, removed or added there."""

from __future__ import annotations

import ast
import copy
from collections.abc import Mapping
from typing import Any

GROWS = ("append", "appendleft", "add")
"""Methods that put one more element into a container."""


def with_names(node: ast.expr, names: Mapping[str, ast.expr]) -> ast.expr:
    """A copy of an expression with others in the place of names it reads."""

    class Given(ast.NodeTransformer):
        def visit_Name(self, name: ast.Name) -> ast.expr:
            return names.get(name.id, name) if isinstance(name.ctx, ast.Load) else name

    given: ast.expr = Given().visit(copy.deepcopy(node))
    return given


def change_of(node: ast.stmt) -> tuple[ast.expr, str] | None:
    """What a statement adds to or takes from: (place, sign)."""
    if isinstance(node, ast.AugAssign) and isinstance(node.op, (ast.Add, ast.Sub)) and isinstance(node.target, (ast.Attribute, ast.Subscript)):
        return node.target, "+" if isinstance(node.op, ast.Add) else "-"
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Attribute) and node.value.func.attr in GROWS and \
            len(node.value.args) == 1:
        return node.value.func.value, "grow"
    return None


def object_of(effect: Any) -> str:
    """The object a change is made to: of `room.add(x)` `room`, of `self.members.append(x)` `self.members`; "" for a function's call."""
    if isinstance(effect, ast.Call):
        return ast.unparse(effect.func.value) if isinstance(effect.func, ast.Attribute) else ""
    target, sign = effect
    return ast.unparse(target if sign == "grow" else target.value)


def asks(test: ast.expr, effect: Any, of: str) -> bool:
    """Does a condition look at the object that is changed: at something of it where a method changes it, at its length or through a method where it is changed here?"""
    for part in walk(test):
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Name):
            if (is_count(part) and ast.unparse(part.args[0]) == of) or (not of and part.func.id != "len"):
                return True
        elif of and isinstance(part, ast.Attribute) and isinstance(effect, ast.Call):
            if f"{ast.unparse(part.value)}.".startswith(f"{of}."):
                return True
        elif of and isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and f"{of}.".startswith(f"{ast.unparse(part.func.value)}."):
            return True
    return False


def is_nobody(test: ast.expr) -> ast.Attribute | None:
    """`self.users == 0`, `not self.users`: the attribute that counts."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return test.operand if isinstance(test.operand, ast.Attribute) else None
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.left, ast.Attribute) and isinstance(test.comparators[0], ast.Constant) and (
            type(test.ops[0]), test.comparators[0].value) in ((ast.Eq, 0), (ast.LtE, 0), (ast.Lt, 1)):
        return test.left
    return None


def answers(body: list[ast.stmt]) -> bool:
    return bool(body) and (isinstance(body[-1], ast.Raise) or (isinstance(body[-1], ast.Return) and body[-1].value is not None))


COPIES = ("list", "tuple", "set", "frozenset", "sorted", "deque")
EMPTY = ("dict", "defaultdict", "OrderedDict", "Counter")
"""What makes a new container, of another one or of nothing."""


def copied(node: ast.AST) -> ast.expr | None:
    """The container an expression is a copy of."""
    if isinstance(node, ast.Call) and not node.keywords:
        if isinstance(node.func, ast.Name) and node.func.id in COPIES and len(node.args) == 1:
            return node.args[0]
        if isinstance(node.func, ast.Attribute) and node.func.attr == "copy" and not node.args:
            return node.func.value
    if isinstance(node, ast.Subscript) and _is_whole(node.slice):
        return node.value
    if isinstance(node, ast.List) and len(node.elts) == 1 and isinstance(node.elts[0], ast.Starred):
        return node.elts[0].value
    return None


def _is_whole(node: ast.expr) -> bool:
    return isinstance(node, ast.Slice) and node.lower is None and node.upper is None and node.step is None


def is_empty(node: ast.expr) -> bool:
    return (isinstance(node, ast.List) and not node.elts) or (
        isinstance(node, ast.Call) and isinstance(node.func, (ast.Name, ast.Attribute)) and not node.args and not node.keywords
        and (node.func.id if isinstance(node.func, ast.Name) else node.func.attr) in COPIES)


def removed(node: ast.Expr | ast.Delete) -> tuple[str, ast.expr | None]:
    """What a statement takes out, and from which place: all of it, its first element, or the entry that the place is."""
    if isinstance(node, ast.Delete):
        target = node.targets[0]
        if len(node.targets) > 1 or not isinstance(target, ast.Subscript):
            return "", None
        if _is_whole(target.slice):
            return "all", target.value
        return ("first", target.value) if isinstance(target.slice, ast.Constant) and target.slice.value == 0 else ("entry", target)
    call = node.value
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute) or call.keywords:
        return "", None
    name, args = call.func.attr, call.args
    if name == "clear" and not args:
        return "all", call.func.value
    if (name == "popleft" and not args) or (name == "pop" and len(args) == 1 and isinstance(args[0], ast.Constant) and args[0].value == 0):
        return "first", call.func.value
    if name == "pop" and len(args) in (1, 2):
        return "entry", ast.Subscript(call.func.value, args[0], ast.Load())
    return "", None


def go_together(getter: ast.Call, setter: ast.Call) -> bool:
    """The same object's methods (or functions of one module), of the same key?"""
    def owner(node: ast.expr) -> str:
        return ast.unparse(node.value) if isinstance(node, ast.Attribute) else ""

    return owner(getter.func) == owner(setter.func) and ast.unparse(getter.func) != ast.unparse(setter.func) and \
        [ast.unparse(a) for a in getter.args] == [ast.unparse(a) for a in setter.args[:-1]]


def straight(body: list[ast.stmt], made: dict[str, ast.expr]) -> ast.stmt | None:
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


def walk(node: ast.AST) -> Any:
    """ast.walk without functions that run later."""
    todo = [node]
    while todo:
        part = todo.pop()
        yield part
        if not isinstance(part, (ast.Lambda, ast.FunctionDef, ast.AsyncFunctionDef)):
            todo.extend(ast.iter_child_nodes(part))


def inside(function: Any) -> Any:
    """All of a function's own nodes."""
    for statement in function.body:
        yield from walk(statement)


WHO = ("get_ident", "get_native_id", "current_thread", "current_task", "getpid")
"""What says who somebody is: written in a place, it claims it."""


def called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id if isinstance(call.func, ast.Name) else ""


def is_count(call: ast.Call) -> bool:
    return called(call) == "len" and len(call.args) == 1


def leaves(body: list[ast.stmt]) -> bool:
    return bool(body) and isinstance(body[-1], (ast.Return, ast.Raise, ast.Continue, ast.Break))


def pauses(node: ast.AST) -> bool:
    return any(isinstance(part, (ast.Await, ast.Call, ast.Yield, ast.YieldFrom)) for part in walk(node))


def pauses_after(value: ast.expr, read: ast.expr) -> bool:
    """Is there a call or an await that is evaluated after `read`?  Operands are evaluated from left to right."""
    look = getattr(read, "looked_by", read)
    for part in walk(value):
        if isinstance(part, (ast.Await, ast.Call)) and part is not look and (
                (part.lineno, part.col_offset) > (look.lineno, look.col_offset) or any(p is look for p in walk(part))):
            return True
    return False


def item(owner: ast.expr, key: ast.expr, looked_by: ast.expr) -> ast.Subscript:
    """The item that `key in owner` and `owner.get(key)` look at."""
    item = ast.Subscript(owner, key, ast.Load())
    item.looked_by = looked_by  # type: ignore[attr-defined]
    return item


def adds(value: ast.expr, read: ast.expr | None, names: frozenset[str]) -> bool:
    """Is it `seen + something`, or `something + seen`, or `seen - something`?"""
    if isinstance(value, ast.Await):
        return False
    if not isinstance(value, ast.BinOp) or not isinstance(value.op, (ast.Add, ast.Sub)):
        return False

    def is_it(node: ast.expr) -> bool:
        if isinstance(node, ast.Await):
            node = node.value
        if isinstance(read, ast.Subscript) and isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get" and node.args:
            node = ast.Subscript(node.func.value, node.args[0], ast.Load())
        return (read is not None and ast.unparse(node) == ast.unparse(read)) or (isinstance(node, ast.Name) and node.id in names)

    return is_it(value.left) or (isinstance(value.op, ast.Add) and is_it(value.right))
