"""TASK: what happens to tasks nobody looks after.

## What it does
TASK001 reports a task that ended with an exception which nobody has looked at when the program is over.  TASK006 reports a thread that an exception ended.

## Why is this bad?
The work it stood for is not done, and nothing but a line on stderr ("Task exception was never retrieved"), at the mercy of the garbage
collector, says so.

## Example
    asyncio.create_task(flush(buffer))        # flush raises under some order of arrivals

## Use instead
    async with asyncio.TaskGroup() as group:
        group.create_task(flush(buffer))

or keep the task and await it, or add a done callback that looks at its exception.

## Certain when
The run is over and the workload passed, or it hangs, and the exception was never retrieved.  An exception that is the program's answer to a deadline that
passed is a note, and so is one of a task that was cancelled, or of a loop that was given an exception handler of its own; for threads, of a program that set
threading.excepthook.
"""

from __future__ import annotations

import asyncio
import functools
import threading
from typing import Any

from .. import sites
from . import user

CODES = {
    "TASK001": "the exception of a task was never looked at",
    "TASK006": "an exception ended a thread",
}


class Tasks:
    def __init__(self, monitor: Any) -> None:
        self.monitor = monitor

    def at_end(self) -> None:
        """The run is over: look at every task that was made in it."""
        engine = self.monitor.engine
        if engine.outcome is not None or self.monitor.workload_failed or self.monitor.recorder is not None:
            return
        self._look("the run ended and nobody had awaited the task or asked for its exception")

    def on_hang(self, waiting: list[Any]) -> None:
        """Nothing goes on any more: whose death did nobody notice?"""
        if self._look("the program goes on waiting, and nobody has awaited the task or asked for its exception"):
            self.monitor.explain_hang("TASK001")

    def _look(self, what: str) -> bool:
        told = False
        for task in self.monitor.tasks:
            if not getattr(task, "_log_traceback", False) or task is self.monitor.engine.main:
                continue
            task._log_traceback = False  # said here; asyncio need not say it too
            error = task.exception()
            if not isinstance(error, (SystemExit, KeyboardInterrupt)):  # those leave the loop and end the program
                told |= self._tell(task, error, what)
        return told

    def _tell(self, task: asyncio.Task[Any], error: BaseException, what: str) -> bool:
        """-> told, and for certain."""
        engine = self.monitor.engine
        trace = error.__traceback__
        where: list[dict[str, Any]] = []
        while trace is not None:
            code = trace.tb_frame.f_code
            if sites.is_user_code(code):
                where.insert(0, sites.as_site(code, trace.tb_lineno, "raised" if not where else "called"))
            trace = trace.tb_next
        if not where:
            return False
        for site in where[1:]:
            site["role"] = "called"
        where[0]["role"] = "raised"
        coroutine = getattr(task.get_coro(), "__qualname__", "?")
        answer = engine.is_slow_world and user.is_answer_to_deadline(error)
        handled = getattr(task.get_loop(), "_exception_handler", None) is not None
        certain = not answer and not handled and not task.cancelling()
        self.monitor.report(
            "TASK001", f"{type(error).__name__} of task {coroutine} was never looked at: {user.first_line(str(error))}", certain=certain,
            key=f"{coroutine}:{type(error).__name__}:{where[0]['path']}:{where[0]['line']}", sites=where[:4], detail=[what])
        return certain

    # --------------------------------------------------------------- threads
    def thread_died(self, thread: Any, error: BaseException) -> None:
        """An exception leaves a thread's function: whoever waits for the thread is told nothing."""
        if isinstance(error, (SystemExit, KeyboardInterrupt)):
            return
        engine = self.monitor.engine
        trace = error.__traceback__
        where: list[dict[str, Any]] = []
        while trace is not None:
            code = trace.tb_frame.f_code
            if sites.is_user_code(code):
                where.insert(0, sites.as_site(code, trace.tb_lineno, "called"))
            trace = trace.tb_next
        if not where:
            return
        where[0]["role"] = "raised"
        handled = threading.excepthook is not threading.__excepthook__ and not thread_hook_of_pytest()
        own = self.monitor.world is not None and self.monitor.world.running.actor in engine.patient
        answer = engine.gave_up or (own and user.is_foreseen(error)) or (engine.is_slow_world and (user.is_answer_to_deadline(error) or user.is_said(error)))
        target = self.monitor.world.running.target if self.monitor.world is not None else type(thread).__qualname__
        self.monitor.report(
            "TASK006", f"{type(error).__name__} ended thread {target}: {user.first_line(str(error))}", certain=not answer and not handled,
            key=f"{target}:{type(error).__name__}:{where[0]['path']}:{where[0]['line']}", sites=where[:4],
            detail=["nobody who waits for the thread hears of it"])


def thread_hook_of_pytest() -> bool:
    """Is the hook for dying threads pytest's, which only warns?"""
    hook: Any = threading.excepthook
    while isinstance(hook, functools.partial):
        hook = hook.func
    return getattr(hook, "__module__", "").startswith("_pytest") or type(getattr(hook, "__self__", None)).__module__.startswith("_pytest")
