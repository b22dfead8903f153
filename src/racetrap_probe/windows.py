"""Where a function writes what it looked at before: read from its source, once per function.

A window begins behind a look at a place (`self.token is None`, `key in self.rooms`, `seen = self.balance`) and ends with a write to the same place that
depends on it: its value is made from what was seen, or it is done because of it.  If somebody else writes to the place while the function stands inside
the window, the write is based on something that is no longer so.

A write may also be a removal: `batch = list(self.items)` and later `self.items.clear()`, `item = self.queue[0]` and `self.queue.popleft()`, a value and `del` of its
key.  It depends on the look because it removes what was seen.

Look and write may go through methods that do nothing else (accessors.py): `left = await store.read(key)` and `await store.write(key, left - 1)`.

A statement that gives back what the same call took before (`self.active += 1`, then a look, then `self.active -= 1`) depends on no look: it makes good its own
earlier one, whatever the others did.

A cache that others make invalid (`self._total = None`) is a write, too, that depends on what it was summed up from: there the look is that at the summands.

A condition and a change it decides on may both lie in methods that do more (effects.py): `if not room.is_full(): room.add(name)`.

Only the nearest look counts: a second look (double-checked locking, compare and swap) begins a window of its own.  A
look that a loop repeats begins it anew.  Places are attributes, items and globals that can be found without running any of the program's code.
"""

from __future__ import annotations

import ast
import functools
from types import CodeType
from typing import Any

from . import sites, sources, syntax
from .window import Window

Place = tuple[str, str]
"""(source of the object, what of it): ("self", ".balance"), ("self.rooms", "[room]"), ("", "counter") for a global."""


class _Condition:
    """A condition everything from here on depends on.  said: as it stands there; test: down to places; refuses: the other way has
    something to say."""

    __slots__ = ("holds", "lines", "refuses", "said", "test")

    def __init__(self, lines: tuple[int, int], said: ast.expr, test: ast.expr, holds: bool, refuses: bool) -> None:
        self.lines = lines
        self.said = said
        self.test = test
        self.holds = holds
        self.refuses = refuses


class _Seen(dict[str, tuple[int, int]]):
    """The places a local's value was made from, each with the lines of that look."""

    meant: ast.expr
    """What the local was made by, down to the places."""


class _Look:
    def __init__(self, lines: tuple[int, int], condition: ast.expr | None = None, holds: bool = True, names: frozenset[str] = frozenset()) -> None:
        self.lines = lines
        self.condition = condition
        self.holds = holds
        self.names = names


@functools.cache
def of(code: CodeType) -> tuple[Window, ...]:
    """The windows of a function of the user's."""
    if not sites.is_user_code(code) or code.co_name == "<module>":
        return ()
    node = sources.node_of(code)
    if node is None or isinstance(node, ast.Lambda):
        return ()
    reader = _Reader(code, node)
    reader.block(node.body, {}, {})
    return tuple(reader.found)


@functools.cache
def open_lines(code: CodeType) -> frozenset[int]:
    """The lines of a function before which it has looked at something and has not written yet."""
    return frozenset(line for w in of(code) if not w.walks for line in range(w.checked[1] + 1, w.written[0] + 1))


class _Reader:
    """Walks a function's statements in order.

    looks: place -> the last look at it on the way here that everything from here on depends on.
    seen: local name -> the places its value was made from, each with the lines of that look.
    """

    def __init__(self, code: CodeType, node: Any) -> None:
        self.code = code
        self.globals = {n for s in ast.walk(node) if isinstance(s, ast.Global) for n in s.names}
        self.locals = set(code.co_varnames) | set(code.co_cellvars) | set(code.co_freevars)
        self.node = node
        self.copied: dict[str, tuple[int, int]] = {}
        """Containers all of which was seen: {source: lines}."""
        self.calls: dict[str, ast.Call] = {}
        """What may be a getter's call: {source: node}."""
        self.found: list[Window] = []
        self.handlers: list[tuple[int, int]] = []
        self.changed: dict[str, type[ast.operator]] = {}
        """Places this call may have added to, or taken from, on the way here."""
        self.conditions: list[_Condition] = []
        self.effects_before: list[Any] = []

    def add(self, window: Window) -> None:
        if window.removes:
            window.used = self.is_used(window)
        window.around = tuple(self.handlers)
        self.found.append(window)

    def is_used(self, window: Window) -> bool:
        """Is what a removal saw used?  A copy that is only counted, or a first element nobody asks for, is not what the removal rests on."""
        for part in syntax.inside(self.node):
            if isinstance(part, ast.Assign) and (part.lineno, part.end_lineno or part.lineno) == window.checked:
                names = {t.id for t in part.targets if isinstance(t, ast.Name)}
                if len(names) != len(part.targets):
                    return True
                counted = {id(call.args[0]) for call in ast.walk(self.node) if isinstance(call, ast.Call) and syntax.is_count(call)}
                return any(isinstance(n, ast.Name) and n.id in names and isinstance(n.ctx, ast.Load) and id(n) not in counted for n in ast.walk(self.node))
        return True

    def are_apart(self, checked: tuple[int, int], written: tuple[int, int]) -> bool:
        """Does each stand under the same lock, in sections of its own?"""
        def sections(lines: tuple[int, int]) -> dict[str, set[int]]:
            out: dict[str, set[int]] = {}
            for part in syntax.inside(self.node):
                if isinstance(part, (ast.With, ast.AsyncWith)) and part.lineno <= lines[0] and lines[1] <= (part.end_lineno or 0):
                    for item in part.items:
                        if self.path(item.context_expr):
                            out.setdefault(ast.unparse(item.context_expr), set()).add(id(part))
            return out

        looked, wrote = sections(checked), sections(written)
        return any(not ids & wrote[lock] for lock, ids in looked.items() if lock in wrote)

    def fills(self, target: ast.expr, node: ast.Assign, checked: tuple[int, int]) -> bool:
        """Is what is written something got or made after the look, as a cache is filled?  Who goes on to call it for its effect has made no cache's entry."""
        def makes(value: ast.expr) -> bool:
            return not (isinstance(value, ast.Call) and syntax.called(value) in (*syntax.COPIES, *syntax.EMPTY)) and any(
                isinstance(p, ast.Call) and syntax.called(p) not in syntax.WHO for p in syntax.walk(value))

        value = node.value
        names = self.names(value)
        fresh = makes(value) or any(
            isinstance(p, ast.Assign) and checked[1] < p.lineno <= node.lineno and makes(p.value)
            and any(isinstance(t, ast.Name) and t.id in names for t in p.targets) for p in syntax.inside(self.node))
        local = {value.id} if isinstance(value, ast.Name) else set()
        place = ast.unparse(target)
        for part in syntax.inside(self.node):
            if isinstance(part, ast.Expr) and part.lineno > node.lineno:
                call = part.value.value if isinstance(part.value, ast.Await) else part.value
                if isinstance(call, ast.Call) and any(f"{ast.unparse(call.func)}.".startswith(f"{source}.") for source in local | {place}):
                    return False
        return fresh

    # ---------------------------------------------------------------- places
    def place(self, node: ast.AST) -> str | None:
        """The source of a place that can be found again; None for everything else."""
        if isinstance(node, ast.Attribute):
            return ast.unparse(node) if self.path(node.value) else None
        if isinstance(node, ast.Subscript):
            return ast.unparse(node) if self.path(node.value) and self.simple(node.slice) else None
        if isinstance(node, ast.Name) and node.id in self.globals:
            return node.id
        return None

    def path(self, node: ast.AST) -> bool:
        while isinstance(node, ast.Attribute):
            node = node.value
        return isinstance(node, ast.Name)

    def simple(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Tuple):
            return all(self.simple(e) for e in node.elts)
        return isinstance(node, ast.Constant) or self.path(node)

    def reads(self, node: ast.AST | None) -> dict[str, ast.expr]:
        """The places an expression looks at: {source: node}."""
        out: dict[str, ast.expr] = {}
        if node is None:
            return out
        for part in syntax.walk(node):
            if isinstance(part, ast.Call) and self.is_call(part) and all(self.simple(a) for a in part.args):
                out[ast.unparse(part)] = part
                self.calls[ast.unparse(part)] = part
            if isinstance(part, (ast.Attribute, ast.Subscript, ast.Name)) and isinstance(part.ctx, ast.Load):
                name = self.place(part)
                if name is not None:
                    out[name] = part
            elif isinstance(part, ast.Compare) and len(part.ops) == 1 and isinstance(part.ops[0], (ast.In, ast.NotIn)):
                item = syntax.item(part.comparators[0], part.left, part)
                name = self.place(item)
                if name is not None:
                    out[name] = item
            elif isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and part.func.attr == "get" and part.args:
                item = syntax.item(part.func.value, part.args[0], part)
                name = self.place(item)
                if name is not None:
                    out[name] = item
        return out

    def is_call(self, node: ast.Call) -> bool:
        """Of a function or method that can be found again, with plain arguments?"""
        return self.path(node.func) and not node.keywords and not any(isinstance(a, ast.Starred) for a in node.args)

    def names(self, node: ast.AST | None) -> set[str]:
        return {n.id for n in syntax.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)} if node is not None else set()

    # ------------------------------------------------------------ statements
    def block(self, statements: list[ast.stmt], looks: dict[str, _Look], seen: dict[str, _Seen], goes_on: bool = False) -> None:
        """goes_on: what stands behind is run also if the block returns."""
        looks, seen, before = dict(looks), dict(seen), dict(self.changed)
        conditions, effects_before = len(self.conditions), len(self.effects_before)
        for node in statements:
            self.statement(node, looks, seen)
            self.effects(node)
        del self.conditions[conditions:]
        if syntax.leaves(statements) and not goes_on:
            self.changed = before
            del self.effects_before[effects_before:]

    def statement(self, node: ast.stmt, looks: dict[str, _Look], seen: dict[str, _Seen]) -> None:
        if isinstance(node, (ast.If, ast.While)):
            inner, otherwise = dict(looks), dict(looks)
            lines = (node.test.lineno, node.test.end_lineno or node.test.lineno)
            direct = self.reads(node.test)
            places = dict.fromkeys(direct, frozenset[str]())
            at = dict.fromkeys(direct, lines)
            for name in sorted(self.names(node.test)):
                for place, read in seen.get(name, {}).items():
                    places[place] = places.get(place, frozenset()) | {name}
                    if place not in direct:
                        at[place] = max(read, at.get(place, read))
            condition = _down_to_places(node.test, seen)
            for place, names in places.items():
                inner[place] = _Look(at[place], condition, True, names)
                otherwise[place] = _Look(at[place], condition, False, names)
            before = dict(self.changed)
            asked = lines if direct else max(at.values(), default=lines)
            refuses = isinstance(node, ast.If) and (bool(node.orelse) or syntax.answers(node.body))
            self.conditions.append(_Condition(asked, node.test, condition, True, refuses))
            self.block(node.body, inner, seen)
            after, self.changed = self.changed, before
            self.conditions[-1] = _Condition(asked, node.test, condition, False, refuses)
            self.block(node.orelse, otherwise, seen)
            self.changed = after | self.changed
            if isinstance(node, ast.If) and syntax.leaves(node.body):
                looks.update(otherwise)
            else:
                self.conditions.pop()
            self._forget(node, seen)
        elif isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign)):
            self.assignment(node, looks, seen)
        elif isinstance(node, ast.Expr):
            self.copies(node.value)
            if not self.removal(node, seen):
                self.call(node, looks, seen)
        elif isinstance(node, ast.Delete):
            self.removal(node, seen)
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            for inside in node.body:
                self.statement(inside, looks, seen)
                self.effects(inside)
        elif isinstance(node, (ast.For, ast.AsyncFor)):
            if isinstance(node, ast.For) and isinstance(node.target, ast.Name) and self.place(node.iter) is not None and any(syntax.pauses(part) for part in node.body):
                window = Window("walked", node.iter, (node.lineno, node.iter.end_lineno or node.lineno), (node.body[0].lineno, node.body[-1].end_lineno or 0))
                window.walks = node.target.id
                self.add(window)
            self.block(node.body, looks, seen)
            self.block(getattr(node, "orelse", []), looks, seen)
            self._forget(node, seen)
        elif isinstance(node, ast.Try):
            self.handlers.extend((h.lineno, h.end_lineno or h.lineno) for h in node.handlers)
            self.block([*node.body, *node.orelse], looks, seen, True)
            del self.handlers[len(self.handlers) - len(node.handlers):]
            for handler in node.handlers:
                self.block(handler.body, {}, {})
            self.block(node.finalbody, {}, {})
            self._forget(node, seen)
        elif isinstance(node, ast.Match):
            for case in node.cases:
                self.block(case.body, looks, seen)

    def _forget(self, node: ast.stmt, seen: dict[str, _Seen]) -> None:
        """What a compound statement may have bound anew."""
        for part in ast.walk(node):
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                seen.pop(part.id, None)

    def assignment(self, node: Any, looks: dict[str, _Look], seen: dict[str, _Seen]) -> None:
        lines = (node.lineno, node.end_lineno or node.lineno)
        value = node.value
        if value is None:
            return
        made_from: dict[str, tuple[int, int]] = {}
        for name in self.names(value):
            made_from.update(seen.get(name, {}))
        direct = self.reads(value)
        self.copies(value)
        if isinstance(node, ast.AugAssign):
            name = self.place(node.target)
            if name is not None and syntax.pauses(value):
                self.add(Window("update", node.target, lines, lines, adds=isinstance(node.op, (ast.Add, ast.Sub))))
            elif name in looks and name is not None and self.changed.get(name) is not _OPPOSITE.get(type(node.op), ast.operator):
                self.wrote(node.target, name, lines, looks[name])
                self.found[-1].changes = True
            if name is not None:
                looks.pop(name, None)
                self.changed[name] = type(node.op)
            return
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            name = self.place(target)
            if name is not None and name in self.copied and syntax.is_empty(value):
                self.add(Window("all", target, self.copied.pop(name), lines))
            elif name is not None:
                at = made_from.get(name)
                look = looks.get(name)
                if name in direct:
                    if syntax.pauses_after(value, direct[name]):
                        self.add(Window("update", target, lines, lines, adds=syntax.adds(value, direct[name], frozenset())))
                elif at is not None and (look is None or look.names or look.lines < at):
                    names = frozenset(n for n in seen if name in seen[n])
                    self.add(Window("update", target, at, lines, stands_for=names, adds=syntax.adds(value, None, names)))
                elif look is not None:
                    self.wrote(target, name, lines, look)
                    self.found[-1].fills = isinstance(node, ast.Assign) and self.fills(target, node, look.lines)
                    self.found[-1].apart = self.are_apart(look.lines, lines)
                    self.summed(target, name, lines, look, made_from)
                looks.pop(name, None)
            elif isinstance(target, ast.Name):
                fresh = _Seen(made_from)
                fresh.meant = _down_to_places(value, seen)
                whole = value.value if isinstance(value, ast.Await) else value
                fresh.update((name, lines) for name, read in direct.items() if not isinstance(read, ast.Call) or read is whole)
                if isinstance(value, ast.Constant) or not fresh:
                    seen.pop(target.id, None)
                else:
                    seen[target.id] = fresh

    def copies(self, node: ast.AST) -> None:
        """Note the containers an expression makes copies of."""
        for part in syntax.walk(node):
            of = syntax.copied(part)
            if of is not None and self.place(of) is not None:
                self.copied[ast.unparse(of)] = (part.lineno, part.end_lineno or part.lineno)  # type: ignore[attr-defined]

    def summed(self, target: ast.expr, name: str, lines: tuple[int, int], look: _Look, made_from: dict[str, tuple[int, int]]) -> None:
        """A cache is filled with what was made from a container read after the look; another method changes that container and makes the cache empty."""
        if not isinstance(target, ast.Attribute) or sum(1 for p in syntax.inside(self.node) if isinstance(p, ast.Assign) and name in map(ast.unparse, p.targets)) > 1:
            return
        for source, at in made_from.items():
            of = ast.parse(source, mode="eval").body
            if source != name and at > look.lines and isinstance(of, ast.Attribute) and ast.unparse(of.value) == ast.unparse(target.value) and \
                    sources.invalidates(self.code, of.attr, target.attr):
                window = Window("summed", of, at, lines, condition=look.condition, holds=look.holds)
                window.target = target
                self.add(window)

    def removal(self, node: Any, seen: dict[str, _Seen]) -> bool:
        """A statement that only removes: does it remove what was seen?"""
        lines = (node.lineno, node.end_lineno or node.lineno)
        kind, target = syntax.removed(node)
        name = self.place(target) if target is not None else None
        if name is None or target is None:
            return False
        if kind == "all":
            if name in self.copied:
                self.add(Window(kind, target, self.copied.pop(name), lines))
            return True
        source = f"{name}[0]" if kind == "first" else name
        at = next((places[source] for places in seen.values() if source in places), None)
        if at is not None:
            self.add(Window(kind, target, at, lines))
        return True

    def call(self, node: ast.Expr, looks: dict[str, _Look], seen: dict[str, _Seen]) -> None:
        """A statement that only calls: a setter's call with what a getter returned, or because of it?"""
        call = node.value.value if isinstance(node.value, ast.Await) else node.value
        if not isinstance(call, ast.Call) or not self.is_call(call) or not call.args or not all(self.simple(a) for a in call.args[:-1]):
            return
        lines = (node.lineno, node.end_lineno or node.lineno)
        value = call.args[-1]
        made_from: dict[str, tuple[int, int]] = {}
        for name in self.names(value):
            made_from.update(seen.get(name, {}))
        for read in self.reads(value).values():
            if isinstance(read, ast.Call) and read is not value and syntax.go_together(read, call):
                window = Window("update", read, lines, lines, adds=syntax.adds(value, read, frozenset()))
                window.calls = read, call
                self.add(window)
        for source in [s for s in {**made_from, **looks} if s in self.calls and syntax.go_together(self.calls[s], call)]:
            at, look = made_from.get(source), looks.get(source)
            if at is not None and (look is None or look.names or look.lines < at):
                names = frozenset(n for n in seen if source in seen[n])
                window = Window("update", self.calls[source], at, lines, stands_for=names, adds=syntax.adds(value, None, names))
            elif look is not None:
                window = Window("check", self.calls[source], look.lines, lines, condition=look.condition, holds=look.holds)
            else:
                continue
            window.calls = self.calls[source], call
            self.add(window)
            looks.pop(source, None)

    def effects(self, node: ast.stmt) -> None:
        """A change, here or in a method that is called, that a condition decides on."""
        change = syntax.change_of(node)
        value = node.value if isinstance(node, (ast.Expr, ast.Assign, ast.Return)) else None
        call = value.value if isinstance(value, ast.Await) else value
        if isinstance(call, ast.Call) and self.path(call.func) and not call.keywords and not any(isinstance(a, ast.Starred) for a in call.args):
            self.effect(node, call)
            self.last_one(node, call)
        if change is not None and (self.path(change[0]) or self.place(change[0])):
            self.effect(node, change)

    def last_one(self, node: ast.stmt, call: ast.Call) -> None:
        """Who counts itself out and was the last one closes, by a method that sets an attribute which those who count themselves in rely on."""
        if not self.conditions or not isinstance(call.func, ast.Attribute) or call.args:
            return
        condition = self.conditions[-1]
        counted = syntax.is_nobody(condition.test) if condition.holds else None
        lines = (node.lineno, node.end_lineno or node.lineno)
        if counted is None or condition.lines >= lines or self.changed.get(ast.unparse(counted)) is not ast.Sub or \
                ast.unparse(counted.value) != ast.unparse(call.func.value) or not sources.relies_on(self.code, call.func.attr, counted.attr):
            return
        window = Window("last", counted, condition.lines, lines, condition=condition.test, adds=True)
        window.target = call
        window.said = ast.unparse(condition.test)
        self.add(window)

    def effect(self, node: ast.stmt, effect: Any) -> None:
        lines = (node.lineno, node.end_lineno or node.lineno)
        of = syntax.object_of(effect)
        if isinstance(effect, tuple) and effect[1] == "grow" and of in self.locals:
            return  # a list of this function's own
        related = [n for n, c in enumerate(self.conditions) if c.lines < lines and (syntax.asks(c.test, effect, of) or syntax.asks(c.said, effect, of))]
        for nth in related[-3:]:
            condition = self.conditions[nth]
            window = Window("check", ast.Name(of), condition.lines, lines, condition=condition.test, holds=condition.holds)
            window.effect = effect
            window.said = ast.unparse(condition.said if any(isinstance(p, (ast.Attribute, ast.Call)) for p in syntax.walk(condition.said)) else condition.test)
            window.nearer = tuple(c.test for c in self.conditions[nth + 1:])
            window.earlier = tuple(self.effects_before)
            window.changes = True
            window.soft = not condition.refuses and isinstance(effect, tuple) and effect[1] == "grow" and not any(
                isinstance(p, ast.Call) and syntax.called(p) != "len" for p in syntax.walk(condition.test))
            self.add(window)
        self.effects_before.append(effect)

    def wrote(self, target: ast.expr, name: str, lines: tuple[int, int], look: _Look) -> None:
        self.add(Window("check", target, look.lines, lines, condition=look.condition, holds=look.holds))


_OPPOSITE: dict[type[ast.operator], type[ast.operator]] = {ast.Add: ast.Sub, ast.Sub: ast.Add}


def _down_to_places(node: ast.expr, seen: dict[str, _Seen]) -> ast.expr:
    """An expression with what its locals were made by in their stead, so that it can be asked again with what is at the places by then."""
    meant = syntax.with_names(node, {name: places.meant for name, places in seen.items()})
    return meant if sum(1 for _ in ast.walk(meant)) < 300 else node
