"""Other places with the same pattern in the repository: found by reading, not by running."""

from __future__ import annotations

import ast
import os
import shlex
import warnings
from collections.abc import Iterator
from pathlib import Path

from racetrap.case import Site, Violation, Workload
from racetrap.explain.model import Sibling

MOST_FILES = 2_000
MOST = 10
_SKIPPED = {".git", ".venv", "venv", "node_modules", "__pycache__", ".racetrap", "build", "dist", ".tox", ".mypy_cache", "site-packages"}


def find(root: Path, violation: Violation, workload: Workload) -> list[Sibling]:
    """Functions that call what the finding calls, in the same order.

    Args:
        root: of the project; files are parsed, never imported.
    """
    names = _names(root, violation)
    if names is None:
        return []
    found = []
    for path, tree in _sources(root):
        for function, qualified in _functions(tree):
            if any(s.path == path and s.function == qualified for s in violation.sites):
                continue
            sibling = _released_then_used(function, *names) if violation.code != "POOL005" else _acquired_only(function, names[0])
            if sibling is not None:
                line, why = sibling
                command, is_its_own = _workload(root, path, qualified, workload)
                found.append(
                    Sibling(
                        site=Site(path=path, line=line, function=qualified, role="suspected"),
                        why=why if is_its_own else f"{why}; no test here imports it, so hunt whatever calls it",
                        command=shlex.join(["racetrap", "hunt", "--", *command]),
                    )
                )
    return found[:MOST]


def _names(root: Path, violation: Violation) -> tuple[str, str] | None:
    """What is called at the finding's sites: (returning, used afterwards), for a leak (acquiring, "")."""
    roles = {"ACK001": ("returned", "settled"), "POOL001": ("returned", "used"), "POOL005": ("acquired", "")}.get(violation.code)
    if roles is None:
        return None
    called = []
    for role in roles:
        site = next((s for s in violation.sites if role and s.role.startswith(role)), None)
        name = _called_at(root / site.path, site.line) if site is not None else ""
        if role and not name:
            return None
        called.append(name)
    return called[0], called[1]


def _called_at(path: Path, line: int) -> str:
    """The name of the method that is called on that line."""
    tree = _parse(path)
    if tree is None:
        return ""
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and n.lineno == line and isinstance(n.func, ast.Attribute)]
    return calls[0].func.attr if calls and isinstance(calls[0].func, ast.Attribute) else ""


def _released_then_used(function: ast.AST, release: str, use: str) -> tuple[int, str] | None:
    """A call of `release` that is followed, in the same block, by a call of `use`."""
    for block in _blocks(function):
        released = 0
        for statement in block:
            names = [n.func.attr for n in ast.walk(statement) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)]
            if released and use in names:
                return released, f"calls {release}() here and {use}() on line {statement.lineno}"
            if release in names and not isinstance(statement, (ast.If, ast.For, ast.While, ast.Try)):
                released = statement.lineno
            if isinstance(statement, (ast.Return, ast.Raise)):
                break
    return None


def _acquired_only(function: ast.AST, acquire: str) -> tuple[int, str] | None:
    """A call of `acquire` outside of `with`, in a function whose `finally` blocks call nothing with what was acquired."""
    taken: dict[str, int] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            calls = [c for c in ast.walk(node.value) if isinstance(c, ast.Call) and isinstance(c.func, ast.Attribute)]
            if any(isinstance(c.func, ast.Attribute) and c.func.attr == acquire for c in calls):
                taken[node.targets[0].id] = node.lineno
    for name, line in taken.items():
        given = any(
            isinstance(part, ast.Name) and part.id == name
            for node in ast.walk(function) if isinstance(node, ast.Try)
            for statement in node.finalbody for part in ast.walk(statement)
        )
        returned = any(
            isinstance(node, ast.Return) and isinstance(node.value, ast.Name) and node.value.id == name for node in ast.walk(function)
        )
        if not given and not returned:
            return line, f"calls {acquire}() here, and no finally gives {name} back"
    return None


def _blocks(function: ast.AST) -> Iterator[list[ast.stmt]]:
    for node in ast.walk(function):
        for field in ("body", "orelse", "finalbody"):
            block = getattr(node, field, None)
            if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
                yield block


def _functions(tree: ast.AST, prefix: str = "") -> Iterator[tuple[ast.AST, str]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node, prefix + node.name
            yield from _functions(node, f"{prefix}{node.name}.<locals>.")
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node, f"{prefix}{node.name}.")
        else:
            yield from _functions(node, prefix)


def _sources(root: Path) -> Iterator[tuple[str, ast.AST]]:
    seen = 0
    for directory, names, files in os.walk(root):
        names[:] = sorted(n for n in names if n not in _SKIPPED and not Path(directory, n, "pyvenv.cfg").exists())
        for file in sorted(f for f in files if f.endswith(".py")):
            seen += 1
            if seen > MOST_FILES:
                return
            tree = _parse(Path(directory, file))
            if tree is not None:
                yield str(Path(directory, file).relative_to(root)), tree


def _parse(path: Path) -> ast.AST | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return None


def _workload(root: Path, path: str, qualified: str, workload: Workload) -> tuple[list[str], bool]:
    """A command that exercises the function -> it, and whether it is more than the command of the finding.

    A test that imports its module, or else its class or function, or else its package; the script itself.
    """
    tests = [(test, _imported(tree)) for test, tree in _sources(root) if Path(test).name.startswith("test_")]
    for wanted in ({Path(path).stem}, set(qualified.split(".")[:1]), {Path(path).parent.name} if len(Path(path).parts) > 2 else set()):
        for test, imported in tests:
            if wanted & imported:
                return ["pytest", test], True
    text = (root / path).read_text(errors="replace")
    if "__main__" in text or "asyncio.run(" in text:
        return ["python", path], True
    return workload.given, False


def _imported(tree: ast.AST) -> set[str]:
    """The parts of all names a module imports."""
    return {
        part for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in ([getattr(node, "module", None) or ""] + [a.name for a in node.names]) for part in name.split(".")
    }  # fmt: skip
