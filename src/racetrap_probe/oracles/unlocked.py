"""ATOM: an update in one statement that only the interpreter's lock makes whole.

## What it does
ATOM002 reports a place (`self.count += 1`, a global that is counted up) that two threads update in one statement while no lock is held by both.

## Why is this bad?
An update is a read and a write.  CPython with a GIL switches threads at calls and at the ends of loops, not between those two; the language does not promise it, and
a free-threaded build loses updates there.

## Example
    def handled(self):
        self.count += 1               # in every worker

## Use instead
    with self.lock:
        self.count += 1

## Certain when
Never with a GIL: it is a note.  On a free-threaded build it is certain when both threads are alive, neither began after the other had ended, and the sets of locks they hold at the statement have
none in common.
"""

from __future__ import annotations

import ast
import functools
import sys
import weakref
from types import CodeType
from typing import Any

from .. import places, sites, sources

CODES = {"ATOM002": "threads update one place in one statement, without a common lock"}
_free: Any = getattr(sys, "_is_gil_enabled", lambda: True)


@functools.cache
def updates(code: CodeType) -> dict[int, ast.Attribute | ast.Name]:
    """By line: the attribute or global that a statement of one line updates without calling anything."""
    node = sources.node_of(code) if sites.is_user_code(code) else None
    if node is None or isinstance(node, ast.Lambda):
        return {}
    parts = [n for statement in node.body for n in ast.walk(statement)]
    shared_names = {name for n in parts if isinstance(n, ast.Global) for name in n.names}
    return {n.lineno: n.target for n in parts if isinstance(n, ast.AugAssign) and n.lineno == n.end_lineno
            and (isinstance(n.target, ast.Attribute) or (isinstance(n.target, ast.Name) and n.target.id in shared_names))
            and not any(isinstance(part, (ast.Call, ast.Await, ast.Yield)) for part in ast.walk(n))}


class Unlocked:
    def __init__(self, monitor: Any) -> None:
        self.monitor = monitor
        self.seen: dict[tuple[int, str], list[tuple[Any, Any, set[int], CodeType, int]]] = {}
        """By owner and name: (owner, thread, locks it held, where)."""

    def line(self, worker: Any, frame: Any, number: int) -> None:
        """A line of a thread is about to run."""
        code = frame.f_code
        target = updates(code).get(number)
        if target is None:
            return
        try:
            owner = places.evaluate(target.value, frame) if isinstance(target, ast.Attribute) else sys.modules.get(frame.f_globals.get("__name__", ""))
            alive = weakref.ref(owner)
        except (places.Unknown, TypeError):
            return  # what cannot be told without running the program's code, or is gone before it can be told apart
        name = target.attr if isinstance(target, ast.Attribute) else target.id
        held = {id(lock) for lock in worker.held}
        before = self.seen.setdefault((id(owner), name), [])
        for its, other, locks, theirs, line in before:
            if its() is owner and other is not worker and not other.done and not held & locks and other.number not in worker.born_after:
                self._tell(ast.unparse(target), other, (theirs, line), worker, (code, number))
        if not any(other is worker and where == code and line == number and locks <= held for _, other, locks, where, line in before):
            before.append((alive, worker, held, code, number))

    def _tell(self, what: str, other: Any, theirs: tuple[CodeType, int], worker: Any, here: tuple[CodeType, int]) -> None:
        both = sorted({theirs, here}, key=lambda site: (site[0].co_filename, site[1]))
        where = [sites.as_site(code, line, "updated") for code, line in both]
        self.monitor.report(
            "ATOM002", f"{what} is updated by several threads in one statement and without a common lock: whole with a GIL only", certain=not _free(),
            key=",".join(f"{s['path']}:{s['line']}" for s in where), sites=where,
            detail=[f"{other.name} and {worker.name} update it, and hold no lock in common meanwhile"])
