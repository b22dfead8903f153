"""TASK: a function that was handed to an executor, or a coroutine to a loop in another thread, fails, and nobody asks.

## What it does
TASK007 reports a `concurrent.futures.Future` of `submit` or `asyncio.run_coroutine_threadsafe` that ended with an exception which nobody has looked at when the
program is over: no `result()`, no `exception()`, no done callback.

## Why is this bad?
The work it stood for is not done, and nothing says so: other than a task's or a thread's, such an exception is not even printed.

## Example
    for order in orders:
        pool.submit(book, order)                  # book raises under some order of events

## Use instead
    done = [pool.submit(book, order) for order in orders]
    for each in done:
        each.result()

or a done callback that looks at the exception, or a function that handles its own errors.

## Certain when
The run is over and the workload passed, or it hangs.  An exception that is the program's answer to a deadline that passed is a note.  What a library submits, and
`map`, are not told.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import functools
import sys
from typing import Any

from .. import current, sites
from . import user

CODES = {"TASK007": "the exception of a submitted function was never looked at"}


class Unasked:
    def __init__(self, monitor: Any) -> None:
        self.monitor = monitor
        self.made: list[tuple[Any, Any, str]] = []
        """(future, where it was submitted, what was submitted)."""

    def at_end(self) -> None:
        if self.monitor.engine.outcome is None and not self.monitor.workload_failed:
            self._look("the run ended")

    def on_hang(self, waiting: list[Any]) -> None:
        if self._look("the program goes on waiting"):
            self.monitor.explain_hang("TASK007")

    def on_threads_hang(self, world: Any) -> None:
        self.on_hang([])

    def _look(self, what: str) -> bool:
        told = False
        for future, site, name in self.made:
            if getattr(future, "racetrap_asked", False) or not future.done() or future.cancelled():
                continue
            error = future._exception
            if error is not None and not isinstance(error, (SystemExit, KeyboardInterrupt)):
                told |= self._tell(error, site, name, what)
        return told

    def _tell(self, error: BaseException, site: Any, name: str, what: str) -> bool:
        engine = self.monitor.engine
        where: list[dict[str, Any]] = []
        trace = error.__traceback__
        while trace is not None:
            if sites.is_user_code(trace.tb_frame.f_code):
                where.insert(0, sites.as_site(trace.tb_frame.f_code, trace.tb_lineno, "called"))
            trace = trace.tb_next
        if where:
            where[0]["role"] = "raised"
        where = [*where[:3], sites.as_site(site[0], site[1], "submitted, never asked")]
        answer = engine.gave_up or bool(engine.injected) or (engine.is_slow_world and (user.is_answer_to_deadline(error) or user.is_said(error)))
        self.monitor.report(
            "TASK007", f"{type(error).__name__} of {name} was never looked at: {user.first_line(str(error))}", certain=not answer,
            key=f"{name}:{type(error).__name__}:{where[0]['path']}:{where[0]['line']}", sites=where,
            detail=[f"{what} and nobody had asked the future for its result or its exception"])
        return not answer


def _name(function: Any) -> str:
    while isinstance(function, functools.partial):
        function = function.func
    return str(getattr(function, "__qualname__", "") or type(function).__name__)


def install() -> None:
    """Once per process: who asks a future, and where it came from."""
    future: Any = concurrent.futures.Future
    for name in ("result", "exception", "add_done_callback"):
        setattr(future, name, _asks(getattr(future, name)))
    pool: Any = concurrent.futures.ThreadPoolExecutor
    pool.submit = _makes(pool.submit, 1)
    asyncio.run_coroutine_threadsafe = asyncio.tasks.run_coroutine_threadsafe = _makes(asyncio.run_coroutine_threadsafe, 0)


def _asks(stock: Any) -> Any:
    @functools.wraps(stock)
    def method(self: Any, *args: Any, **kw: Any) -> Any:
        if not args or getattr(args[0], "__name__", "") != "_call_check_cancel":  # asyncio's own, to hear of a cancellation
            self.racetrap_asked = True
        return stock(self, *args, **kw)

    return method


def _makes(stock: Any, at: int) -> Any:
    """at: the position of what is run among the arguments."""

    @functools.wraps(stock)
    def make(*args: Any, **kw: Any) -> Any:
        made = stock(*args, **kw)
        engine = current.engine
        if engine is not None and engine.monitor is not None and engine.monitor.recorder is None:
            frame = sys._getframe(1)
            if sites.is_user_code(frame.f_code):
                what = args[at] if len(args) > at else None
                engine.monitor.unasked.made.append((made, (frame.f_code, frame.f_lineno), _name(what)))
        return made

    return make
