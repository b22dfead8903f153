"""TASK: a cancelled task that goes on.

## What it does
TASK003 reports a task that was cancelled and does not end, while somebody waits for its end and nothing else goes on.

## Why is this bad?
`cancel()` is a request.  Code between the task and what it waits for that takes the CancelledError and does not raise it on loses the request: the
shutdown waits for ever.

## Example
    async def next_job(self):
        try:
            return await asyncio.wait_for(self.jobs.get(), 1)
        except (TimeoutError, asyncio.CancelledError):
            return None               # the loop round it asks again, for ever

## Use instead
    except TimeoutError:
        return None                   # and let CancelledError through

## Certain when
The workload hangs (nothing can run and nothing can come, tickers aside), a task waits for the cancelled one, and nobody took the request back by `uncancel()`.  Where
the interpreter's own library took it, the finding is that function's, and says which versions are known to do so.
"""

from __future__ import annotations

import sys
import weakref
from typing import Any

from .. import flow, sites

CODES = {"TASK003": "a cancelled task goes on"}


class Request:
    """A call of cancel() on a task that waits: from where, and where the task stood."""

    __slots__ = ("by", "chain", "stood")

    def __init__(self, task: Any, frame: Any) -> None:
        self.by = sites.user_site(frame)
        self.stood = sites.user_site_of(task.get_coro())
        self.chain: list[tuple[Any, Any, int, int, int]] = []
        """(weak reference to the coroutine, code, offset, line, id of its `self` or 0), outermost first."""
        coroutine = task.get_coro()
        while (at := sites.frame_of(coroutine)) is not None:
            if not sites.is_probe_file(at.f_code.co_filename):
                self.chain.append((weakref.ref(coroutine), at.f_code, at.f_lasti, at.f_lineno, id(at.f_locals["self"]) if "self" in at.f_locals else 0))
            coroutine = sites.awaited_by(coroutine)

    def taken_by(self) -> tuple[Any, int, bool] | None:
        """Who took the CancelledError: (code, line, surely); None where every function it was thrown into is still at it."""
        ended = [(code, offset, line) for ref, code, offset, line, _ in self.chain if (c := ref()) is None or sites.frame_of(c) is None]
        alive = [(code, offset, line) for ref, code, offset, line, _ in self.chain if (c := ref()) is not None and sites.frame_of(c) is not None]
        for code, offset, line in reversed(ended):
            if flow.catches_cancellation(code, offset):
                return code, line, True
        if alive and flow.catches_cancellation(*alive[-1][:2]):
            return alive[-1][0], alive[-1][2], True
        return (ended[0][0], ended[0][2], False) if ended else None


class Cancelled:
    def __init__(self, monitor: Any) -> None:
        self.monitor = monitor
        self.requests: dict[int, Request] = {}

    def on_cancel(self, task: Any) -> None:
        """cancel() is called on a task that has not ended."""
        number = getattr(task, "racetrap_number", 0)
        if self.monitor.recorder is None:
            self.requests.pop(number, None)  # the last one stands last
            self.requests[number] = Request(task, sys._getframe(2))

    def on_hang(self, waiting: list[Any]) -> None:
        for task in waiting:
            request = self.requests.get(getattr(task, "racetrap_number", 0))
            if request is None or not task.cancelling() or not task._callbacks:
                continue
            waits = next((t for t in waiting if t._fut_waiter is task or task in getattr(t._fut_waiter, "_children", ())), None)
            waits = waits or self.monitor.engine.main  # through asyncio.wait or a TaskGroup
            if waits is task or not hasattr(waits, "get_coro") or (stands := sites.user_site_of(task.get_coro())) is None:
                continue
            self._tell(task, request, waits, stands)
            return

    def _tell(self, task: Any, request: Request, waits: Any, stands: Any) -> None:
        name = getattr(task.get_coro(), "__qualname__", "?")
        taken = request.taken_by()
        places = [("goes on", stands), ("was cancelled", request.by), ("waits for it", sites.user_site_of(waits.get_coro()))]
        detail = []
        if taken is not None:
            places.insert(0, ("took the cancellation" if taken[2] else "was cancelled here, and ended", taken[:2]))
            detail.append(f"the CancelledError was thrown into {taken[0].co_qualname} and did not leave the task")
        where = [sites.as_site(site[0], site[1], role) for role, site in places if site is not None]
        cited = where[:1] if taken is not None and not sites.is_user_code(taken[0]) else where[:2]
        self.monitor.report(
            "TASK003", f"{name} was cancelled and goes on; {getattr(waits.get_coro(), '__qualname__', '?')} waits for its end for ever",
            key=",".join(f"{s['path']}:{s['line']}" for s in cited), sites=where, detail=[*detail, *self.monitor.hang_detail()])
        self.monitor.explain_hang("TASK003")
