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
        return self.token.value        # USER001: somebody set self.token = None meanwhile

    while not self.done:               # USER003: whoever should set it has died
        await asyncio.sleep(0.1)

    await self.answered.wait()         # USER002: nobody will set it any more

## Use instead
Look again after every await, or hold a lock over check and use; wait for the task that does the work, not for a flag it may never set.

## Certain when
It is not the program's own answer to a deadline that passed: one of asyncio's, of a library's, or a sleep or timer of its own that was over in time while something
shorter was late, right before it raised an error by a statement of its own or ended with a status.  A TimeoutError or CancelledError that leaves the program is one, and is not told; an
exit status, a failed assert, a connection's error or any other exception it raises by a statement of its own may be one, and is a note unless it also happens in a
run in which no deadline passed.  A peer that was silent for a virtual second and more counts as a deadline passed: keepalives of many shapes give it up.
A thread that waits in something that is not ours may yet come back: a hang is a note then.  After an injected fault (`--inject`) all three are notes: nobody
promised that the program survives it.  A failure that depends on the order of `sleep(0)` is listed under "depends on sleep(0) order".
"""

from __future__ import annotations

import asyncio
import opcode
from typing import Any

from .. import outside

CODES = {
    "USER001": "the workload fails under some order of arrivals",
    "USER002": "the workload hangs under some order of arrivals",
    "USER003": "the workload's loop turns without end",
}
_AWAITS = ("SEND", "YIELD_VALUE", "RESUME", "JUMP_BACKWARD_NO_INTERRUPT", "CLEANUP_THROW")
"""Where an exception comes in that was set on a future."""

CUT_OFF = 30.0
"""Virtual seconds without a word from a real server after which clients give a connection up, and what was under way on it is lost."""


def is_answer_to_deadline(error: BaseException | None) -> bool:
    """Did a TimeoutError or CancelledError leave the workload, itself or as what a statement that handles it raised?"""
    if error is None:
        return False
    if isinstance(error, (TimeoutError, asyncio.TimeoutError, asyncio.CancelledError)):
        return True
    if isinstance(error, BaseExceptionGroup):
        return all(is_answer_to_deadline(e) for e in error.exceptions)
    return is_answer_to_deadline(error.__cause__ or (error.__context__ if is_said(error) else None))


def is_said(error: BaseException | None) -> bool:
    """Did a `raise` or `assert` statement raise it, was a future given it as its outcome, or is it an exit status?  Otherwise it befell the program.

    A connection's error is what the other end said.
    """
    if error is None or isinstance(error, (SystemExit, ConnectionError)):
        return True
    if isinstance(error, BaseExceptionGroup):
        return all(is_said(e) for e in error.exceptions)
    trace = error.__traceback__
    if trace is None:
        return True
    while trace.tb_next is not None:
        trace = trace.tb_next
    return opcode.opname[trace.tb_frame.f_code.co_code[trace.tb_lasti]].startswith(("RAISE", *_AWAITS))


def leaves(error: BaseException) -> list[BaseException]:
    """The errors in a group, or the error itself."""
    return [leaf for inner in error.exceptions for leaf in leaves(inner)] if isinstance(error, BaseExceptionGroup) else [error]


def is_foreseen(error: BaseException | None) -> bool:
    """Did the program say it in so many words, by a `raise` of its own or an exit status?  An assert is what it holds for impossible."""
    return not isinstance(error, AssertionError) and is_said(error)


def judge(monitor: Any, outcome: str, exception: dict[str, Any] | None, exit_status: int, error: BaseException | None) -> None:
    """error: what left the workload, if it was not SystemExit."""
    injected = bool(monitor.engine.injected)
    late = monitor.engine.is_slow_world
    cut_off = is_cut_off(monitor.engine)
    cut_off = cut_off or (monitor.world is not None and outside.anybody(monitor.world))
    if outcome == "failed" and exception is not None:
        if (late and is_answer_to_deadline(error)) or (error is not None and error is monitor.failure_explained):
            return
        where = exception["sites"][-1:] if exception["sites"] else []
        place = f"{where[0]['path']}:{where[0]['function']}" if where else "?"
        monitor.report(
            "USER001", f"{exception['type']}: {first_line(exception['message'])}" if exception["message"] else exception["type"],
            certain=not (late and is_said(error)) and not injected and not monitor.engine.gave_up,
            key=f"{exception['type']}@{place}:{where[0]['line'] if where else 0}", sites=[*exception["sites"][::-1][:4], *exception.get("inside", [])],
            detail=[exception["text"]])
    elif outcome == "failed" and exit_status:
        monitor.report("USER001", f"exit status {exit_status}", certain=not late and not monitor.engine.gave_up, key=f"exit {exit_status}", sites=[])
    elif outcome == "hang" and not monitor.hang_explained:
        monitor.report("USER002", "hang: " + monitor.hang_title(), certain=not injected and not cut_off, key="hang@" + monitor.hang_key(),
                       sites=monitor.hang_sites(), detail=monitor.hang_detail())
    elif outcome == "no-progress" and not monitor.hang_explained:
        if monitor.engine.blocked:
            monitor.report("USER003", "a turn of the loop does not end" + monitor.hang_place(), certain=not injected, key="blocked@" + monitor.hang_key(),
                           sites=monitor.hang_sites())
        else:
            what = "the loop turns" if monitor.world is None else "the program goes on"
            monitor.report("USER003", f"{what} without getting anywhere" + monitor.hang_place(), certain=not injected and not cut_off,
                           key="no-progress@" + monitor.hang_key(), sites=monitor.hang_sites())


def is_cut_off(engine: Any) -> bool:
    """Was a real server silent for so long that a client may have given its connection up, with what was under way on it?"""
    return engine.wire is not None and max(engine.longest, engine.wire.silence) >= CUT_OFF and bool(engine.wire.servers)


def exit_violation(status: int, result: dict[str, Any]) -> dict[str, Any]:
    """The workload ended with a status of its own: seen only by whoever waited for the process."""
    late = any(a["kind"] == "deadline" for a in result["assumes"]) or bool(result.get("patience"))
    return {"code": "USER001", "title": f"exit status {status}", "certain": not late, "key": f"USER001:exit {status}",
            "resource": "", "sites": [], "detail": [], "sleep0": any(a["kind"] == "sleep0" for a in result["assumes"])}


def first_line(text: str) -> str:
    return text.strip().splitlines()[0][:200] if text.strip() else ""
