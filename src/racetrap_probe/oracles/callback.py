"""TASK: a callback of the loop that fails.

## What it does
TASK005 reports an exception that left a callback (`call_soon`, `call_later`, `add_done_callback`, a reader) and went to the loop's exception handler.

## Why is this bad?
What the callback was to do is half done: the futures it was to resolve stay open, and whoever waits for them waits for ever.  Nothing but a line on
stderr says so.

## Example
    def fetched(self, key, task):
        self.cache[key].result = task.result()     # KeyError when the entry was dropped meanwhile
        self.waiters[key].set_result(None)         # never reached

## Use instead
    def fetched(self, key, task):
        self.waiters.pop(key).set_result(None)
        if key in self.cache:
            self.cache[key].result = task.result()

## Certain when
The run is over and the workload passed, or it hangs.  An exception that is the program's answer to a deadline that passed is a note, and so is one of a loop that
was given an exception handler of its own.
"""

from __future__ import annotations

import weakref
from typing import Any

from .. import sites
from . import user

CODES = {"TASK005": "a callback of the loop failed"}


class Callbacks:
    def __init__(self, monitor: Any) -> None:
        self.monitor = monitor
        self.failed: list[tuple[BaseException, Any, Any, str]] = []
        """(exception, the loop's own handler, whence the callback was handed to the loop, its name)."""
        self.whence: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()
        """Where other threads handed callbacks over: (code, line) by handle."""

    def handed_over(self, handle: Any, frame: Any) -> None:
        """A thread has told a loop to call something."""
        while frame is not None and (sites.is_probe_file(frame.f_code.co_filename) or sites.is_standard(frame.f_code)):
            frame = frame.f_back
        if frame is not None:
            self.whence[handle] = frame.f_code, frame.f_lineno

    def on_exception(self, loop: Any, context: dict[str, Any]) -> None:
        """The loop's exception handler is called."""
        error, handle = context.get("exception"), context.get("handle")
        if isinstance(error, Exception) and handle is not None and self.monitor.recorder is None:
            callback = getattr(handle, "_callback", None)
            self.failed.append((error, getattr(loop, "_exception_handler", None), self.whence.get(handle), getattr(callback, "__qualname__", "")))

    def on_hang(self, waiting: list[Any]) -> None:
        if self._look("the program goes on waiting"):
            self.monitor.explain_hang("TASK005")

    def at_end(self) -> None:
        if self.monitor.engine.outcome is None and not self.monitor.workload_failed:
            self._look("the run ended")

    def _look(self, what: str) -> bool:
        certain = False
        for error, handled, whence, name in self.failed:
            answer = self.monitor.engine.is_slow_world and user.is_answer_to_deadline(error)
            certain |= self._tell(error, not answer and handled is None, what, whence, name)
        return certain

    def _tell(self, error: BaseException, certain: bool, what: str, whence: Any, name: str) -> bool:
        where: list[dict[str, Any]] = []
        trace = error.__traceback__
        while trace is not None:
            code = trace.tb_frame.f_code
            if not sites.is_probe_file(code.co_filename) and not sites.is_standard(code):
                where.insert(0, sites.as_site(code, trace.tb_lineno, "called"))
            trace = trace.tb_next
        if where:
            where[0]["role"] = "raised"
            name = where[-1]["function"]
        if whence is not None:
            where.append(sites.as_site(whence[0], whence[1], "handed to the loop"))
        if not where:
            return False  # the interpreter's own business
        self.monitor.report(
            "TASK005", f"{type(error).__name__} in a callback ({name}): {user.first_line(str(error))}", certain=certain,
            key=f"{type(error).__name__}:{where[0]['path']}:{where[0]['line']}", sites=where[:4],
            detail=[f"the exception went to the loop's handler; {what}", *self.monitor.hang_detail()])
        return certain
