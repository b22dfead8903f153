"""A process whose threads take turns keeps to one CPU: handing over is then no business between CPUs, and a third cheaper.

Which one is left to the operating system: the process is let go for a moment now and then, and stays where it was put.  The program sees the CPUs it
would see otherwise.
"""

from __future__ import annotations

import os
from typing import Any

LET_GO = 8
"""Runs in which the operating system may move the process."""

_stock_get: Any = getattr(os, "sched_getaffinity", None)
_allowed: set[int] = set()
"""The CPUs this process may use; empty while it keeps to none."""


class OneCpu:
    """Told of every run (`ran`) and of a moment to look around (`look_around`)."""

    def __init__(self) -> None:
        self.can = _stock_get is not None and len(_stock_get(0)) > 1
        self.left = LET_GO

    def ran(self) -> None:
        if self.left:
            self.left -= 1
            if not self.left and self.can:
                _keep()

    def look_around(self) -> None:
        if self.can:
            self.left = LET_GO
            let_go()


def _keep() -> None:
    allowed = _stock_get(0)
    try:
        with open("/proc/thread-self/stat", "rb") as f:
            cpu = int(f.read().rpartition(b")")[2].split()[36])
        os.sched_setaffinity(0, {cpu})
    except (OSError, ValueError, IndexError):
        return
    _allowed.update(allowed)
    os.sched_getaffinity = _getaffinity


def let_go() -> None:
    """The calling thread may run anywhere again."""
    if _allowed:
        allowed = set(_allowed)
        _allowed.clear()
        os.sched_getaffinity = _stock_get
        os.sched_setaffinity(0, allowed)


def _getaffinity(pid: int) -> set[int]:
    return set(_allowed) if _allowed and pid in (0, os.getpid()) else _stock_get(pid)
