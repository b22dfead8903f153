"""The fork point of a script comes before the first file or directory that it makes, changes or removes.

What one schedule does to its files is there for the next one, and what it clears away at its end (a temporary directory, say) would be missing there, if it
had been made before the fork point.  So the calls that do such things are watched until the fork point is reached, and are the interpreter's own again
from then on.  Files written while a module is imported are the import's own business.
"""

from __future__ import annotations

import builtins
import functools
import io
import os
import sys
import threading
from collections.abc import Callable
from typing import Any

from . import sites

_CHANGES = ("mkdir", "remove", "unlink", "rename", "replace", "rmdir", "link", "symlink", "mkfifo", "truncate")
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_TRIES_OUT = ("_get_default_tempdir",)
"""Functions of the standard library that make a file to see whether they can, and remove it: under a lock, which a re-run would wait for."""
_SPECIAL = ("/dev/", "/proc/", "/sys/")

_stop: Callable[[], None] | None = None
_watched: list[tuple[Any, str, Any]] = []
"""(module, name, the interpreter's own) of what is watched."""


def install(stop: Callable[[], None]) -> None:
    """Watch from now on; `stop` reaches the fork point."""
    global _stop
    _stop = stop
    for module in (builtins, io):
        _watch(module, "open", lambda path, mode="r", *_, **kw: _is_real(path) and any(letter in kw.get("mode", mode) for letter in "wax+"))
    _watch(os, "open", lambda path, flags=0, *_, **kw: _is_real(path) and bool(flags & _WRITES))
    for name in _CHANGES:
        _watch(os, name, lambda path, *_, **kw: _is_real(path))


def at_fork_point() -> None:
    """It is reached: nothing need be watched any more."""
    global _stop
    _stop = None
    for module, name, stock in _watched:
        setattr(module, name, stock)
    _watched.clear()


def database(module: Any) -> None:
    """sqlite3's own module was loaded: a connection to a file makes one, in C."""
    if _stop is not None:
        _watch(module, "connect", lambda database=":memory:", *_, **kw: _is_real(database) and ":memory:" not in os.fsdecode(database))


def _watch(module: Any, name: str, changes: Callable[..., bool]) -> None:
    stock = getattr(module, name)

    @functools.wraps(stock)
    def call(*args: Any, **kw: Any) -> Any:
        if _stop is not None and changes(*args, **kw) and threading.current_thread() is threading.main_thread() and not sites.is_importing() \
                and sys._getframe(1).f_code.co_name not in _TRIES_OUT:
            _stop()
        return stock(*args, **kw)

    _watched.append((module, name, stock))
    setattr(module, name, call)


def _is_real(path: Any) -> bool:
    if isinstance(path, int):
        return False
    try:
        return not os.fsdecode(path).startswith(_SPECIAL)
    except TypeError:
        return False
