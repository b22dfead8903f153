"""A case on the stock event loop or with free threads, again and again; one JSON line.

    python run_plain.py CASE [--runs N] [--noise]

`--noise` delays every fourth step of a task, or every fourth line of a thread, by up to half a millisecond.  Free threads are switched as often as the
interpreter can be made to (sys.setswitchinterval).
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
import threading
import time
from typing import Any

from cases import PROGRAMS, Case, Worker, load, option

PATIENCE = 0.5
"""Seconds after which a run counts as hanging."""


class NoisyLoop(asyncio.SelectorEventLoop):
    """Tasks must be the Python ones: those in C do not show `call_soon` whose step it is."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.random = random.Random(seed)
        self.set_task_factory(lambda loop, coro, **options: asyncio.tasks._PyTask(coro, loop=loop, **options))

    def call_soon(self, callback: Any, *args: Any, context: Any = None) -> Any:
        is_step = isinstance(getattr(callback, "__self__", None), asyncio.tasks._PyTask)
        if is_step and self.random.random() < 0.25:
            return self.call_later(self.random.random() * 0.0005, callback, *args, context=context)
        return super().call_soon(callback, *args, context=context)


def run_once(case: Case, loop: asyncio.AbstractEventLoop) -> str:
    async def body() -> bool:
        state = case.setup()
        await asyncio.wait_for(asyncio.gather(*(worker(state) for worker in case.workers)), PATIENCE)
        return case.invariant(state)

    try:
        return "passed" if loop.run_until_complete(body()) else "failed"
    except TimeoutError:
        return "hang"
    except Exception as error:  # whatever a worker raises is an outcome
        return type(error).__name__
    finally:
        loop.close()


def run_threads_once(case: Case, noise: random.Random | None) -> str:
    state = case.setup()
    outcome = ["passed"]

    def traced(frame: Any, event: str, argument: Any) -> Any:
        if event == "line" and noise is not None and noise.random() < 0.25:
            time.sleep(noise.random() * 0.0005)
        return traced if frame.f_code.co_filename.startswith(str(PROGRAMS)) else None

    def body(worker: Worker) -> None:
        if noise is not None:
            sys.settrace(traced)
        try:
            worker(state)
        except BaseException as error:  # whatever a worker raises is an outcome
            outcome[0] = type(error).__name__

    threads = [threading.Thread(target=body, args=(worker,), daemon=True) for worker in case.workers]
    for thread in threads:
        thread.start()
    end = time.monotonic() + PATIENCE
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    if any(thread.is_alive() for thread in threads):
        return "hang"
    return outcome[0] if outcome[0] != "passed" or case.invariant(state) else "failed"


def main() -> None:
    name, noise, runs = sys.argv[1], "--noise" in sys.argv, int(option("--runs", 10_000))
    case = load(name)
    sys.setswitchinterval(1e-6 if case.threads else sys.getswitchinterval())
    outcomes: dict[str, int] = {}
    began = time.perf_counter()
    for seed in range(runs):
        if case.threads:
            outcome = run_threads_once(case, random.Random(seed) if noise else None)
        else:
            outcome = run_once(case, NoisyLoop(seed) if noise else asyncio.SelectorEventLoop())
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
    seconds = time.perf_counter() - began
    told = {"tool": "plain", "version": sys.version.split()[0], "mode": "noise" if noise else "stock", "program": name}
    told |= {"outcomes": outcomes, "schedules": runs, "schedules_per_s": round(runs / seconds, 1)}
    print(json.dumps(told), flush=True)
    os._exit(0)  # threads that hang never end


if __name__ == "__main__":
    main()
