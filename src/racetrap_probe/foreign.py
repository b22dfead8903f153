"""What is changed in a module as soon as it is loaded.  Event loops that are not asyncio's: uvloop is swapped for ours, the others are named and left
alone.  From roles/: functions of libraries that wait in C, where the library has one that waits in Python ([[instead]]), and modules that set the date ([[clock]], dates.py).

A finder notices the import of one of them and patches the module once it is loaded; a program that imports none
pays one look-up for each import.
"""

from __future__ import annotations

import asyncio
import functools
import importlib.machinery
import sys
from collections.abc import Callable
from typing import Any

from . import current, dates, files, library, sites

before_run: Callable[[], None] | None = None
"""Called before a foreign loop runs: it may be the first loop of the program, and then is the fork point."""


class _Finder:
    def __init__(self) -> None:
        self.looking = False

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        patch = _PATCHES.get(name)
        if patch is None or self.looking:
            return None
        self.looking = True
        try:
            spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        finally:
            self.looking = False
        if spec is None or spec.loader is None:
            return None
        stock = spec.loader.exec_module
        if name in _BEFORE:
            _BEFORE[name]()

        def exec_module(module: Any) -> None:
            stock(module)
            patch(module)

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def _left_alone(what: str, stock: Any, only_starts: bool) -> Any:
    """`stock` runs as it is, without our clock; that it ran is listed.

    only_starts: the foreign loop goes on after `stock` returned, and so the rest of the run is its own.
    """

    def run(*args: Any, **kw: Any) -> Any:
        if before_run is not None:
            before_run()
        engine = current.engine
        if engine is None:
            return stock(*args, **kw)
        frame: Any = sys._getframe(1)
        own = frame
        while frame is not None and not sites.is_user_code(frame.f_code):
            frame = frame.f_back
        frame = frame or own
        engine.note_uncontrolled(f"{what}: its tasks are not scheduled by racetrap", f"{sites.relative(frame.f_code.co_filename)}:{frame.f_lineno}")
        current.engine = None
        if only_starts:
            return stock(*args, **kw)
        try:
            return stock(*args, **kw)
        finally:
            current.engine = engine

    run.__name__ = run.__qualname__ = getattr(stock, "__name__", "run")
    run.__doc__ = stock.__doc__
    run.__wrapped__ = stock  # type: ignore[attr-defined]
    return run


def _patch(what: str, module: Any, *names: str) -> None:
    for name in names:
        owner = module
        *path, last = name.split(".")
        for part in path:
            owner = getattr(owner, part, None)
        if owner is not None and hasattr(owner, last):
            setattr(owner, last, _left_alone(what, getattr(owner, last), name == "start_guest_run"))


def _uvloop(module: Any) -> None:
    sys.stderr.write("racetrap: uvloop is swapped for asyncio's own loop during the hunt\n")
    module.new_event_loop = asyncio.SelectorEventLoop
    module.Loop = asyncio.SelectorEventLoop
    module.EventLoopPolicy = asyncio.DefaultEventLoopPolicy
    module.install = lambda: None

    def run(main: Any, *, loop_factory: Any = None, debug: bool | None = None, **_: Any) -> Any:
        return asyncio.run(main, debug=debug)

    module.run = run


_BEFORE: dict[str, Callable[[], None]] = {}
"""What is done before a module is loaded."""
_PATCHES: dict[str, Callable[[Any], None]] = {
    "sqlite3.dbapi2": files.database,
    "uvloop": _uvloop,
    "trio._core._run": lambda m: _patch("trio", m, "run", "start_guest_run"),
    "curio.kernel": lambda m: _patch("curio", m, "run", "Kernel.run"),
    "gevent.hub": lambda m: _patch("gevent", m, "Hub.run", "Hub.switch"),
    "twisted.internet.base": lambda m: _patch("twisted", m, "ReactorBase.run", "_SignalReactorMixin.run"),
}


def _uses(replaced: list[tuple[str, str]]) -> Callable[[Any], None]:
    def patch(module: Any) -> None:
        for function, use in replaced:
            if hasattr(module, function) and hasattr(module, use):
                setattr(module, function, getattr(module, use))

    return patch


def install() -> None:
    for name, replaced in library.instead().items():
        _PATCHES[name] = _uses(replaced)
    for role in library.clocks():
        _BEFORE[role["module"]] = dates.put_back
        _PATCHES[role["module"]] = functools.partial(dates.let_set, role)
    sys.meta_path.insert(0, _Finder())  # type: ignore[arg-type]
