"""One window: from a look at a place to the write there that depends on it.  windows.py finds them."""

from __future__ import annotations

import ast
from typing import Any


class Window:
    """checked, written: first and last line of the look and of the write."""

    __slots__ = ("adds", "apart", "around", "calls", "changes", "checked", "condition", "earlier", "effect", "fills", "holds", "kind", "met", "nearer", "place",
                 "removes", "said", "same", "soft", "stands_for", "target", "text", "used", "walks", "written")

    def __init__(self, kind: str, place: ast.expr, checked: tuple[int, int], written: tuple[int, int], *, condition: ast.expr | None = None,
                 holds: bool = True, stands_for: frozenset[str] = frozenset(), adds: bool = False) -> None:
        self.kind = kind
        """ "update": the value written is made from the one seen; "check": the write is done because of it; "all", "first", "entry": everything in a
        container, its first element, or a key's value was seen and is removed; "summed": what is written to `target` was made from what is in the container; "walked": a loop goes through it, `walks` is the element it is at (nothing is written);
        "last": a count is at nobody, and the call `target` closes."""
        self.walks = ""
        self.target: Any = None
        self.text = ast.unparse(place)
        self.place = place
        self.calls: tuple[ast.Call, ast.Call] | None = None
        """Of accessors: the call that looks (`place`, too), and the one that writes."""
        self.around: tuple[tuple[int, int], ...] = ()
        """First and last lines of what handles an exception of the write: who goes on there has not written."""
        self.said = ast.unparse(condition) if condition is not None else ""
        self.effect: Any = None
        """Of effects.py: the call that changes something, or (place, "+", "-" or "grow")."""
        self.met: Any = None
        """The change of a method that the condition was seen to look at."""
        self.nearer: tuple[ast.expr, ...] = ()
        """Conditions that stand between: one that looks at the same place counts instead."""
        self.earlier: tuple[Any, ...] = ()
        """What this function may have changed before, as `effect`."""
        self.soft = False
        """A limit nobody is told of: one too many may be meant."""
        self.removes = kind in ("all", "first", "entry")
        self.checked = checked
        self.written = written
        self.same = checked == written
        """Both are in one statement: only a pause in the middle of it counts."""
        self.condition = condition
        self.holds = holds
        """What the condition was when the write is done."""
        self.stands_for = stands_for
        """Local names that hold what was seen."""
        self.fills = self.apart = False
        """Something fresh is written where nothing was; look and write stand under one lock, each in a section of its own: the gap is meant."""
        self.used = True
        """Of a removal: what was seen is used."""
        self.changes = False
        """It is `+=` or `-=` (or the like) of what is there by then: nothing is overwritten."""
        self.adds = adds
        """The new value is the old one plus or minus something: an update that came in between is lost, whatever it was."""

    def inside(self, line: int, at_start: bool) -> bool:
        """Does a function that stands at `line` (about to run it, or in its middle) stand in the window?"""
        if self.same:
            return not at_start and self.written[0] <= line <= self.written[1]
        if self.kind == "all" and not at_start and self.checked[0] <= line <= self.checked[1]:
            return True  # in a call that was given the copy
        return self.checked[1] < line <= self.written[1]
