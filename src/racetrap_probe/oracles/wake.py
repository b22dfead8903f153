"""WAKE: somebody waits for ever, and should not.

## What it does
Every hang is looked at: WAKE001 reports a task that waits for a lock, a semaphore or a queue that is free to take.  WAKE002 reports a wake-up
that was given to a task which then left by cancellation, while another waits at the same place.  WAKE003 reports
an event or a condition whose wake-up came when nobody waited for it and is gone (not where the waiter has looked at the state since, by `wait_for` or in a `while`).  WAKE004 reports a lock or a semaphore that was taken by a task, or a lock by a thread,
which ended without giving it back.

## Why is this bad?
The program stands still for good, though all that is needed to go on has happened.

## Example
    while not self.items:
        await self.report_idle()
        self.arrived.clear()          # an item put during report_idle() is forgotten here
        await self.arrived.wait()

## Use instead
    while not self.items:
        self.arrived.clear()          # no await between clear and the next look
        if not self.items:
            await self.arrived.wait()

or a Condition, or a Queue.

## Certain when
The workload hangs: its main task waits, nothing can run and nothing can come.  The rule only says why.

WAKE001, WAKE002 and WAKE004 also where no hang shows because the waiter has a deadline, and more runs say so: without its own deadline it would wait for ever; and
of WAKE002, without the cancellation that lost the wake-up it is woken.  Otherwise, and where the default run does the same, that is a note: it may be meant.
"""

from __future__ import annotations

import asyncio
from typing import Any

from .. import primitives, sites, waiting
from ..sources import looks_first
from ..wakeups import chain_of, is_same_place, turn_of

CODES = {
    "WAKE001": "somebody waits for what is free",
    "WAKE002": "a wake-up was given to a waiter that left by cancellation",
    "WAKE003": "a wake-up came when nobody waited, and is gone",
    "WAKE004": "somebody waits for what a task took that has ended",
}
Asks = list[dict[str, Any]] | None
"""What two runs without a deadline have to answer before it is certain (spared.Spared); None: it hangs."""
_PRIMITIVES = (asyncio.Lock, asyncio.Event, asyncio.Condition, asyncio.Semaphore, asyncio.Queue)
_PASSED_ON = (asyncio.Lock, asyncio.Semaphore, asyncio.Queue)


class Wake:
    def __init__(self, monitor: Any) -> None:
        self.monitor = monitor

    def on_hang(self, waiting: list[Any]) -> None:
        """waiting: every task that is not done, in order of creation.  Those somebody waits for come first."""
        main = self.monitor.engine.main
        for task in sorted(waiting, key=lambda t: t is not main and not t._callbacks):
            where = sites.user_site_of(task.get_coro())
            if where is None:
                continue
            for judge in (self._free, self._kept, self._in_vain, self._unheard):
                if judge(task, where, waited_for(task)):
                    return

    def _free(self, task: Any, where: Any, target: Any, asks: Asks = None) -> bool:
        what = free(task, target)
        if not what:
            return False
        self._report("WAKE001", f"{_waits(task, asks)} for {what}", [("waits", where)], [], asks=asks)
        return True

    def _kept(self, task: Any, where: Any, target: Any, asks: Asks = None) -> bool:
        alive = {getattr(t, "racetrap_number", 0) for t in self.monitor.tasks if not t.done()}
        gone = [(number, site) for number, site in self.monitor.wakeups.holders_of(target) if number and number not in alive]
        if not gone:
            return False
        number, site = gone[0]
        left = next((t for t in self.monitor.tasks if getattr(t, "racetrap_number", 0) == number), None)
        places = [("waits", where), ("taken, never given back", site)]
        told = [f"{self.monitor.who(number)} took it and ended"
                + (" by cancellation" if left is not None and left.cancelled() else "")]
        self._report("WAKE004", f"{_waits(task, asks)} for a {type(target).__name__} that a task took and never gave back", places, told, asks=asks)
        return True

    def _in_vain(self, task: Any, where: Any, target: Any) -> bool:
        """A wake-up was lost in the function, of the same object, in which the task waits now."""
        if isinstance(target, _PASSED_ON):
            return False  # these wake the next waiter themselves
        mine = turn_of(chain_of(task.get_coro()))
        for vain in self.monitor.wakeups.in_vain:
            if vain.task is not task and is_same_place(mine, turn_of(vain.chain)):
                self._lost(task, where, vain)
                return True
        return False

    def _lost(self, task: Any, where: Any, vain: Any, asks: Asks = None) -> None:
        theirs = turn_of(vain.chain)
        assert theirs is not None
        places = [("waits", where), ("left by cancellation", vain.stood), ("was woken here and did not wake the next", theirs[:2])]
        self._report(
            "WAKE002", f"{_waits(task, asks)}: the wake-up was given to a task that left by cancellation",
            [p for n, p in enumerate(places) if p[1] is not None and (n < 2 or not sites.is_user_code(theirs[0]))],
            [f"{self.monitor.who(vain.number)} was woken and cancelled before it could go on"], cause=theirs[:2], asks=asks)

    def on_deadline(self, task: Any, future: Any) -> None:
        """A timer cancels a task that waits, and nobody woke it: would it have hung without that?"""
        where, target = sites.user_site_of(task.get_coro()), waited_for(task)
        if where is None:
            return
        asks = [self._question(task, task, "waits")]
        if self._free(task, where, target, asks) or self._kept(task, where, target, asks) or isinstance(target, _PASSED_ON):
            return
        for vain in self.monitor.wakeups.in_vain:
            if (task, future) in vain.others and not any(f.done() and not f.cancelled() for _, f in vain.others):
                self._lost(task, where, vain, [self._question(vain.task, task, "woken"), *asks])
                return

    def _question(self, spared: Any, watched: Any, answer: str) -> dict[str, Any]:
        """What a run without the last cancellation of a task tells of another, or of itself (spared.Spared)."""
        nth, decisions = self.monitor.engine.cuts[spared.racetrap_number]
        return {"task": spared.racetrap_number, "cancel": nth, "watched": watched.racetrap_number, "keep": decisions, "answer": answer}

    def _unheard(self, task: Any, where: Any, target: Any) -> bool:
        last = self.monitor.wakeups.last.get(id(target)) if target is not None else None
        if last is None or last.heard or (isinstance(target, asyncio.Event) and last.cleared is None):
            return False
        if last.cleared is None and looks_first(reversed(list(sites.frames_of(task.get_coro())))):
            return False  # it saw what the wake-up was about, and that was not enough
        kind = type(target).__name__
        if last.cleared is not None:
            title = f"{name_of(task)} waits for ever for an {kind} that was set and cleared before anyone saw it"
        else:
            title = f"{name_of(task)} waits for ever for a {kind} that was notified before anyone waited"
        places = [("waits", where), (f"{last.how} by task {last.by}", last.site), ("cleared", last.cleared)]
        self._report("WAKE003", title, [p for p in places if p[1] is not None], [])
        return True

    def on_threads_hang(self, world: Any) -> None:
        """Everything rests: does a thread wait for a lock whose holder has ended?"""
        for worker in world.workers:
            lock = worker.waits
            if worker.done or not isinstance(lock, (primitives.Lock, primitives.RLock)) or lock.owner is None or waiting.is_signal(worker):
                continue
            if not (lock.owner.done or lock.owner is worker):
                continue
            stands = worker.user_site()
            if stands is None:
                continue
            where = [self.monitor.site_of(stands, f"{worker.name} waits", worker.actor, "wait")]
            if lock.taken is not None:
                where.append(self.monitor.site_of(lock.taken, f"taken by {lock.owner.name}, never given back", lock.owner.actor, "lock"))
            self.monitor.report(
                "WAKE004", f"{worker.name} waits for ever for a lock that {'it' if lock.owner is worker else 'a thread'} took and never gave back",
                key=",".join(f"{s['path']}:{s['line']}" for s in where), sites=where,
                detail=[f"{lock.owner.name} took it" + (" and ended" if lock.owner.done else ""), *self.monitor.hang_detail()])
            self.monitor.explain_hang("WAKE004")
            return

    def _report(self, code: str, title: str, places: list[tuple[str, Any]], detail: list[str], cause: Any = None, asks: Asks = None) -> None:
        """cause: where the defect sits if it is not the user's; it is then one finding, wherever it shows.  asks: of one that is no hang."""
        where = [sites.as_site(site[0], site[1], role) for role, site in places]
        cited = where
        if cause is not None and not sites.is_user_code(cause[0]):
            cited = [sites.as_site(cause[0], cause[1], "")]
        key = ",".join(f"{s['path']}:{s['line']}" for s in cited)
        if asks is not None:
            self.monitor.report(code, title, certain=False, key=key, sites=where, detail=detail, asks=asks)
            return
        self.monitor.report(code, title, key=key, sites=where, detail=[*detail, *self.monitor.hang_detail()])
        self.monitor.explain_hang(code)


def _waits(task: Any, asks: Asks) -> str:
    return f"{name_of(task)} waits {'for ever' if asks is None else 'until its deadline'}"


def name_of(task: Any) -> str:
    return getattr(task.get_coro(), "__qualname__", None) or str(task.get_name())


def waited_for(task: Any) -> Any:
    """The asyncio primitive a task waits for, the outermost one; None if it waits for something else."""
    for frame in sites.frames_of(task.get_coro()):
        if not sites.is_user_code(frame.f_code):
            owner = frame.f_locals.get("self")
            if isinstance(owner, _PRIMITIVES):
                return owner
    return None


def free(task: Any, target: Any) -> str:
    """What the task waits for, if it is there to be taken."""
    waiter = task._fut_waiter
    if waiter is None or waiter.done():
        return ""
    if isinstance(target, asyncio.Queue):
        if waiter in target._getters and not target.empty():  # type: ignore[attr-defined]
            return f"an item of a {type(target).__name__} that holds {target.qsize()}"
        if waiter in target._putters and not target.full():  # type: ignore[attr-defined]
            return f"room in a {type(target).__name__} that is not full"
    elif isinstance(target, asyncio.Lock):
        if not target._locked:  # type: ignore[attr-defined]
            return "a Lock that nobody holds"
    elif isinstance(target, asyncio.Semaphore) and target._value > 0:  # type: ignore[attr-defined]
        return f"a {type(target).__name__} that has room for {target._value}"  # type: ignore[attr-defined]
    return ""
