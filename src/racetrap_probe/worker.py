"""A controlled thread, and a timeout of one that waits.  What they do is in baton.py."""

from __future__ import annotations

import sys
from typing import Any

from . import current, primitives, sites
from .engine import Abort
from .schedule import THREAD

_allocate = primitives.stock_lock


class Timer:
    """A timeout of a waiting thread; the engine's boundary sees it as it sees a loop's timer."""

    __slots__ = ("_cancelled", "_when", "item", "seq", "site", "worker")

    def __init__(self, when: float, seq: int, worker: Worker, site: Any) -> None:
        self._when = when
        self._cancelled = False
        self.seq = seq
        self.worker = worker
        self.site = site
        self.item: Any = None
        """What a book knows it by."""

    def __lt__(self, other: Timer) -> bool:
        return (self._when, self.seq) < (other._when, other.seq)


class Worker:
    """One controlled thread."""

    __slots__ = ("abort", "aborts", "actor", "begun", "blocked", "born_after", "daemon", "done", "gate", "held", "ident", "joiners", "lines", "loop", "number",
                 "outside", "package", "sentinel", "site", "stack", "stand", "target", "thread", "timed_out", "timer", "waits", "woken")

    def __init__(self, number: int) -> None:
        self.number = number
        self.actor = THREAD - number if number else 0
        self.gate = _allocate()
        self.gate.acquire()
        self.ident = 0
        self.thread: Any = None
        self.target = ""
        """The qualified name of the function it runs."""
        self.package = ""
        """The installed package that function is of."""
        self.daemon = False
        self.done = False
        self.blocked = False
        self.woken = False
        self.timed_out = False
        self.timer: Timer | None = None
        self.waits: Any = None
        """The primitive (or worker) it waits for."""
        self.loop: Any = None
        """The event loop that has nothing to do, if it is that which waits."""
        self.sentinel: Any = None
        self.joiners: list[Worker] = []
        self.abort: Abort | None = None
        self.aborts = 0
        self.lines = 0
        self.held: list[Any] = []
        """Locks it holds, in the order it took them."""
        self.begun = False
        """It has told that it runs, and could be made to stand still before it does anything."""
        self.site: Any = None
        self.outside = False
        """It runs in something that is not ours (a blocking call in C) and has lost the baton meanwhile."""
        self.stack: Any = None
        self.stand: Any = None
        """In a recorded run: what the book knows the place by where it stands or stood last."""
        self.born_after: frozenset[int] = frozenset()
        """Threads that were over when this one was started."""

    @property
    def name(self) -> str:
        return self.thread.name if self.thread is not None else ("MainThread" if self.number == 0 else f"thread {self.number}")

    @property
    def begun_its_own(self) -> bool:
        """In a recorded run: has it done anything but start?"""
        return self.stand is None or self.stand[1] != "begin"

    def frame(self) -> Any:
        return sys._current_frames().get(self.ident)

    def user_site(self) -> Any:
        """Where it stands: the innermost line of the user's own code; None if there is none."""
        if self.number == 0 and current.world is not None and current.world.ending:
            return None
        frame = self.frame()
        while frame is not None and not sites.is_user_code(frame.f_code):
            frame = frame.f_back
        return None if frame is None else (frame.f_code, frame.f_lineno)


def target_of(thread: Any, function: Any) -> str:
    """The qualified name of what a thread is about to run."""
    runs = getattr(thread, "_target", None) or type(thread) if thread is not None else function
    return str(getattr(runs, "__qualname__", ""))


def package_of(thread: Any, function: Any) -> str:
    """The installed package whose code a thread is about to run; "": it is the user's own, or the interpreter's."""
    runs = getattr(thread, "_target", None) or type(thread).run if thread is not None else function
    code = getattr(runs, "__code__", None)
    return sites.package_of(code) if code is not None else ""
