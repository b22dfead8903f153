"""The loop's own helpers: what a function in an executor returns is an arrival.

`run_in_executor`, `to_thread` and `getaddrinfo` come through here.  The function runs in a real thread while the loop stands still; its
result may then come as late as the schedule says.
"""

from __future__ import annotations

import concurrent.futures
import sys
from asyncio import base_events, events, futures
from collections.abc import Callable
from typing import Any

from . import clock, current, shared, sites, threads
from .engine import INF, Engine

BaseEventLoop: Any = base_events.BaseEventLoop
_stock_executor = BaseEventLoop.run_in_executor
_stock_shutdown_executor = BaseEventLoop.shutdown_default_executor
PATIENCE = 2.0
"""Real seconds to wait for a function in an executor before going on without it."""
ASKING = 0.05
"""The same, where a thread has called into the loop and the loop has something to do."""
_owned: Callable[[], Engine | None]
_task_number: Callable[[], int]


def run_in_executor(self: Any, executor: Any, func: Any, *args: Any) -> Any:
    engine = _owned()
    if engine is None:
        return _stock_executor(self, executor, func, *args)
    if engine.world is not None or engine.monitor.roles.threaded or shared.is_synchronisation(func, args):
        if engine.monitor.recorder is not None:
            engine.monitor.recorder.threaded = True  # in every run after this one all of them are under control
        return _stock_executor(self, executor, _controlled(func), *args)
    self._check_closed()
    if self._debug:
        self._check_callback(func, "run_in_executor")
    if executor is None:
        self._check_default_executor()
        executor = self._default_executor
        if executor is None:
            executor = self._default_executor = concurrent.futures.ThreadPoolExecutor(thread_name_prefix="asyncio")
    site = sites.user_site(sys._getframe(1))
    job = clock.Job(func, args)
    threads.starting += 1
    try:
        if isinstance(executor, concurrent.futures.ThreadPoolExecutor):
            running = executor.submit(job)
        else:
            engine.note_uncontrolled(f"{type(executor).__name__}: work outside this process", sites.text(site))
            running = executor.submit(func, *args)
    finally:
        threads.starting -= 1
    future = self.create_future()
    begun = engine.now

    def deliver() -> None:
        def hand_over() -> None:
            if not future.cancelled():
                futures._copy_future_state(running, future)  # type: ignore[attr-defined]
        self._ready.append(events.Handle(hand_over, (), self))

    arrival = engine.add_arrival("executor", _task_number(), INF, INF, deliver, site, future)
    engine.running_jobs[arrival] = (running, job, begun)

    def given_up(done: Any) -> None:
        if done.cancelled():
            running.cancel()
            engine.running_jobs.pop(arrival, None)

    future.add_done_callback(given_up)
    return future


def _controlled(func: Any) -> Any:
    """A function that runs in a controlled thread; its result is an arrival like any other."""

    def job(*args: Any) -> Any:
        try:
            return func(*args)
        finally:
            if current.world is not None:
                current.world.late_result()

    return job


def wait(engine: Engine, loop: Any, idle: bool) -> None:
    """Wait until every function in an executor ended or shows that it needs the loop.

    Their results are arrivals from then on.  A function that does not end is left running, and listed.
    """
    jobs = engine.running_jobs
    before = len(loop._ready)
    waited = 0.0
    asks_back = engine.foreign_threads and (loop._scheduled or any(a.due != INF for a in engine.pending))
    patience = ASKING if asks_back else PATIENCE
    while any(not running.done() for running, _, _ in jobs.values()):
        if len(loop._ready) != before:
            break  # it called back into the loop
        if waited >= patience:
            if asks_back:
                break  # it may wait for what the loop has still to do
            recorder = engine.monitor.recorder
            if recorder is not None and any(job.shared for running, job, _ in jobs.values() if not running.done()):
                recorder.threaded = True  # in every run after this one it is under control; this one may never end
                engine.abort("unfinished", "a function in an executor waits for others")
            for arrival in jobs:
                engine.note_uncontrolled("a function in an executor that did not end while the loop waited for it",
                                         sites.text(arrival.site))
            if idle:
                concurrent.futures.wait([r for r, _, _ in jobs.values()], timeout=PATIENCE * 5,
                                        return_when=concurrent.futures.FIRST_COMPLETED)
            break
        step = 0.002 if waited < 0.05 else 0.05
        concurrent.futures.wait([r for r, _, _ in jobs.values()], timeout=step)
        waited += step
    for arrival in list(jobs):
        running, job, begun = jobs[arrival]
        if running.done():
            del jobs[arrival]
            arrival.due = begun + job.slept
            if job.shared and engine.monitor.recorder is not None:
                engine.monitor.recorder.threaded = True  # in every run after this one it is under control
            for what, where in job.shared:
                engine.note_uncontrolled(what, where or sites.text(arrival.site))


async def shutdown_default_executor(self: Any, *timeout: Any) -> None:
    """The stock one waits in a thread of its own; with nothing left to wait for it needs none."""
    engine = _owned()
    if engine is None or engine.running_jobs or engine.world is not None or self._default_executor is None:
        await _stock_shutdown_executor(self, *timeout)
        return
    self._executor_shutdown_called = True
    self._default_executor.shutdown(wait=True)


def install(owned: Callable[[], Engine | None], task_number: Callable[[], int]) -> None:
    """Once per process.  owned: the engine, if it controls this thread."""
    global _owned, _task_number
    _owned, _task_number = owned, task_number
    BaseEventLoop.run_in_executor = run_in_executor
    BaseEventLoop.shutdown_default_executor = shutdown_default_executor
