"""USER: the workload's own assert, crash, hang.

## What it does
USER001 reports that the workload failed under a schedule under which it should have passed: an uncaught exception,
a failed assert, an exit status other than 0.  USER002 reports that it hung: everything waits, nothing can come.
USER003 reports a loop that turns without end.

## Why is this bad?
The default run passes; some order of arrivals that can happen in production does not.

## Example
    async def get(self):
        if self.token is None:
            self.token = await self.fetch()
        return self.token.value        # somebody set self.token = None meanwhile

## Use instead
Look again after every await, or hold a lock over check and use.

## Certain when
The failure is not the program's own answer to a deadline that passed (a TimeoutError or CancelledError that leaves it),
and it also happens with every `sleep(0)` in its FIFO place; otherwise it is a note, or listed under
"depends on sleep(0) order".
"""

from __future__ import annotations

import asyncio
from typing import Any

CODES = {
    "USER001": "the workload fails under some order of arrivals",
    "USER002": "the workload hangs under some order of arrivals",
    "USER003": "the workload's loop turns without end",
}


def is_answer_to_deadline(error: BaseException | None) -> bool:
    """Did a TimeoutError or CancelledError leave the workload, itself or as the cause it names?"""
    if error is None:
        return False
    if isinstance(error, (TimeoutError, asyncio.TimeoutError, asyncio.CancelledError)):
        return True
    if isinstance(error, BaseExceptionGroup):
        return all(is_answer_to_deadline(e) for e in error.exceptions)
    return is_answer_to_deadline(error.__cause__)


def judge(monitor: Any, outcome: str, exception: dict[str, Any] | None, exit_status: int, slow_world: bool) -> None:
    if outcome == "failed" and exception is not None:
        if slow_world:
            return
        where = exception["sites"][-1:] if exception["sites"] else []
        place = f"{where[0]['path']}:{where[0]['function']}" if where else "?"
        monitor.report(
            "USER001", f"{exception['type']}: {first_line(exception['message'])}" if exception["message"] else exception["type"],
            key=f"{exception['type']}@{place}:{where[0]['line'] if where else 0}", sites=exception["sites"][::-1][:4],
            detail=[exception["text"]])
    elif outcome == "failed" and exit_status:
        monitor.report("USER001", f"exit status {exit_status}", key=f"exit {exit_status}", sites=[])
    elif outcome == "hang" and not monitor.hang_explained:
        monitor.report("USER002", "hang: " + monitor.hang_title(), key="hang@" + monitor.hang_key(),
                       sites=monitor.hang_sites(), detail=monitor.hang_detail())
    elif outcome == "no-progress":
        if monitor.engine.blocked:
            monitor.report("USER003", "a turn of the loop does not end" + monitor.hang_place(), key="blocked@" + monitor.hang_key(),
                           sites=monitor.hang_sites())
        else:
            monitor.report("USER003", "the loop turns without getting anywhere", key="no-progress", sites=monitor.hang_sites())


def exit_violation(status: int, result: dict[str, Any]) -> dict[str, Any]:
    """The workload ended with a status of its own: seen only by whoever waited for the process."""
    return {"code": "USER001", "title": f"exit status {status}", "certain": True, "key": f"USER001:exit {status}",
            "resource": "", "sites": [], "detail": [], "sleep0": any(a["kind"] == "sleep0" for a in result["assumes"])}


def first_line(text: str) -> str:
    return text.strip().splitlines()[0][:200] if text.strip() else ""
