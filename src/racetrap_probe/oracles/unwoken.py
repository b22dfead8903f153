"""WAKE: an event loop is told something by another thread, and nobody wakes it.

## What it does
WAKE006 reports a thread that makes a loop of another thread run something (a future's result, an item put into an asyncio.Queue, an asyncio.Event that is set, a task that
is cancelled, `call_soon`) while that loop sleeps, without `call_soon_threadsafe`.

## Why is this bad?
Nothing of asyncio is safe to be called from another thread.  A loop that sleeps in `select` does not look at what it was given until something else wakes
it: the answer is there, and whoever waits for it goes on waiting, until the next timer or for ever.

## Example
    def worker():
        future.set_result(compute())                           # in a thread

## Use instead
    def worker():
        loop.call_soon_threadsafe(future.set_result, compute())

or `asyncio.run_coroutine_threadsafe`, or `await asyncio.to_thread(compute)`.

## Certain when
The loop slept in that moment, and had no timer that would have woken it by itself; else it is a note.
"""

from __future__ import annotations

from typing import Any

from .. import sites
from ..engine import Engine

CODES = {"WAKE006": "a sleeping event loop was told something by another thread, and not woken"}


_OURS = (Engine.boundary.__code__, Engine._boundary_quiet.__code__)


class Unwoken:
    def __init__(self, monitor: Any) -> None:
        self.monitor = monitor

    def told(self, loop: Any, sleeper: Any, handle: Any, frame: Any) -> None:
        """The running thread has put a handle into the ready queue of a loop that sleeps in another thread."""
        monitor = self.monitor
        if monitor.recorder is not None or monitor.engine.quiet:
            return
        while frame is not None and not sites.is_user_code(frame.f_code):
            if frame.f_code in _OURS:
                return  # something has come, and this thread happened to run
            frame = frame.f_back
        if frame is None:
            return  # a library's own business
        worker = monitor.world.running
        called = sites.as_site(frame.f_code, frame.f_lineno, f"called by {worker.name}")
        stands = sleeper.user_site()
        where = [called, *([sites.as_site(stands[0], stands[1], "its loop sleeps here")] if stands is not None else [])]
        alone = not any(not timer._cancelled for timer in loop._scheduled)
        monitor.report(
            "WAKE006", f"{called['function']} tells the event loop of {sleeper.name} something from another thread and does not wake it", certain=alone,
            key=f"{called['path']}:{called['line']}", sites=where,
            detail=[f"{worker.name} called it; the loop runs in {sleeper.name} and slept",
                    "it hears of it when something else wakes it" if not alone else "no timer of its own would wake it"])
