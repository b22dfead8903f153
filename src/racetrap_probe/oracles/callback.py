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

from typing import Any

from .. import sites
from . import user

CODES = {"TASK005": "a callback of the loop failed"}


class Callbacks:
    def __init__(self, monitor: Any) -> None:
        self.monitor = monitor
        self.failed: list[tuple[BaseException, Any]] = []
        """(exception, callback)."""

    def on_exception(self, loop: Any, context: dict[str, Any]) -> None:
        """The loop's exception handler is called."""
        error, handle = context.get("exception"), context.get("handle")
        if isinstance(error, Exception) and handle is not None and self.monitor.recorder is None:
            self.failed.append((error, getattr(loop, "_exception_handler", None)))

    def on_hang(self, waiting: list[Any]) -> None:
        if self._look("the program goes on waiting"):
            self.monitor.explain_hang("TASK005")

    def at_end(self) -> None:
        if self.monitor.engine.outcome is None and not self.monitor.workload_failed:
            self._look("the run ended")

    def _look(self, what: str) -> bool:
        certain = False
        for error, handled in self.failed:
            answer = self.monitor.engine.is_slow_world and user.is_answer_to_deadline(error)
            certain |= self._tell(error, not answer and handled is None, what)
        return certain

    def _tell(self, error: BaseException, certain: bool, what: str) -> bool:
        where: list[dict[str, Any]] = []
        trace = error.__traceback__
        while trace is not None:
            code = trace.tb_frame.f_code
            if not sites.is_probe_file(code.co_filename) and not sites.is_standard(code):
                where.insert(0, sites.as_site(code, trace.tb_lineno, "called"))
            trace = trace.tb_next
        if not where:
            return False  # the interpreter's own business
        where[0]["role"] = "raised"
        self.monitor.report(
            "TASK005", f"{type(error).__name__} in a callback ({where[-1]['function']}): {user.first_line(str(error))}", certain=certain,
            key=f"{type(error).__name__}:{where[0]['path']}:{where[0]['line']}", sites=where[:4],
            detail=[f"the exception went to the loop's handler; {what}", *self.monitor.hang_detail()])
        return certain
