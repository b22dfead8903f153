"""ITEM: an item left its queue and reached nobody.

## What it does
ITEM001 reports an item of an asyncio.Queue that was taken by a task of its own (`create_task(queue.get())`) whose result nobody ever looked
at: whoever waited for that task gave up in the moment the item came.

## Why is this bad?
The item is in no queue any more and nobody handles it: a message in a thousand is lost, and `join()` never returns.

## Example
    getter = asyncio.create_task(queue.get())
    done, _ = await asyncio.wait({getter, stop}, timeout=1)
    if getter not in done:
        getter.cancel()               # True only if it was not too late

## Use instead
    if not getter.done():
        getter.cancel()
    ...                               # and look at getter.result() when it is done, or put the item back

## Certain when
The run is over, the workload passed or hangs, nobody asked the task for its result, and the same queue was used afterwards: another item was taken or somebody
waits for one.  Otherwise (the program was about to end) it is a note.
"""

from __future__ import annotations

from typing import Any

from .. import loop, sites

CODES = {"ITEM001": "an item was taken from its queue and reached nobody"}


class Item:
    def __init__(self, monitor: Any) -> None:
        self.monitor = monitor

    def on_hang(self, waiting: list[Any]) -> None:
        if self._look():
            self.monitor.explain_hang("ITEM001")

    def at_end(self) -> None:
        monitor = self.monitor
        if monitor.engine.outcome is None and not monitor.workload_failed and monitor.recorder is None:
            self._look()

    def _look(self) -> bool:
        """Judge every task that took an item -> was one lost for certain?"""
        monitor, lost = self.monitor, False
        if not monitor.taken:
            return False
        for task in monitor.tasks:
            took = monitor.taken.get(getattr(task, "racetrap_number", 0))
            if took is None or task.racetrap_seen or not task.done() or task.cancelled() or task.exception() is not None:
                continue
            queue, value, number = took
            if value is None or loop.result_of(task) is not value:
                continue
            lost |= self._tell(task, queue, number)
        return lost

    def _tell(self, task: Any, queue: Any, number: int) -> bool:
        monitor = self.monitor
        used = monitor.takes[id(queue)][0] > number or any(not g.done() for g in queue._getters)
        where = []
        for role, site in (("the task was made", monitor.getters.get(task.racetrap_number)),
                           ("cancelled too late", monitor.too_late.get(task.racetrap_number))):
            if site is not None and sites.is_user_code(site[0]):
                where.append(sites.as_site(site[0], site[1], role))
        if not where:
            code = task.get_coro().cr_code
            where = [sites.as_site(code, code.co_firstlineno, "took the item")]
        monitor.report(
            "ITEM001", f"an item of a {type(queue).__name__} was taken and reached nobody", certain=used,
            key=",".join(f"{s['path']}:{s['line']}" for s in where), sites=where,
            detail=[f"{self.monitor.who(task.racetrap_number)} took it; nobody ever looked at the task's result"])
        return used
