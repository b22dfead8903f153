"""A case under a smaller peer; one JSON line.

    python run_others.py CASE MODE [--seconds S] [--most N]
    MODE: simloom simloom:pct simloom:systematic simloop simloop:pct     (tasks only)
          interleave-test interleave-test:pct interleave-test:dfs        (threads only)

The case's invariant is an assert at the end of the peer's own test body.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from cases import Case, Search, load, option, repeat, timed

FAR_APART = 100_003
"""Between the first seeds of two searches."""


class Body:
    """The test body; counts how often it ran."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.runs = 0

    async def __call__(self) -> None:
        self.runs += 1
        state = self.case.setup()
        await asyncio.gather(*(worker(state) for worker in self.case.workers))
        assert self.case.invariant(state), "invariant"


def simloom(body: Body, mode: str, most: int) -> tuple[Callable[[int], bool], Callable[[], list[int] | None]]:
    import simloom

    last: list[Any] = []
    scheduler = "pct:auto" if mode == "pct" else None

    def search(number: int) -> bool:
        if mode == "systematic":
            return bool(simloom.explore_systematic(body, max_delays=3, max_schedules=most).failures)
        result = simloom.explore(body, runs=most, start_seed=number * FAR_APART, scheduler=scheduler)
        if result.failures:
            last[:] = [result.first_failure]
        return bool(result.failures)

    def replay() -> list[int] | None:
        if not last:
            return None
        again = [simloom.replay(body, tape=last[0], raise_on_error=False).outcome for _ in range(10)]
        return [again.count("error"), len(again)]

    return search, replay


def simloop(body: Body, mode: str, most: int) -> tuple[Callable[[int], bool], Callable[[], list[int] | None]]:
    import simloop

    def search(number: int) -> bool:
        first = number * FAR_APART
        return simloop.explore(body, range(first, first + most), policy=mode or "random") is not None

    return search, lambda: None


class ThreadsBody:
    """The same for threads."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.runs = 0

    def __call__(self) -> None:
        self.runs += 1
        state = self.case.setup()
        threads = [threading.Thread(target=worker, args=(state,)) for worker in self.case.workers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert self.case.invariant(state), "invariant"


def interleave(body: ThreadsBody, mode: str, most: int) -> tuple[Callable[[int], bool], Callable[[], list[int] | None]]:
    import interleave_test

    last: list[Any] = []

    def search(number: int) -> bool:
        result = interleave_test.explore(body, iterations=most, seed=number, strategy=mode or "random", raise_on_failure=False)
        if not result.ok:
            last[:] = [result.failure.schedule]
        return not result.ok

    def shown() -> bool:
        try:
            interleave_test.replay(body, last[0])
        except Exception:  # whatever it raises: the failure showed
            return True
        return False

    return search, lambda: [sum(shown() for _ in range(10)), 10] if last else None


def main() -> None:
    name, how = sys.argv[1:3]
    tool, _, mode = how.partition(":")
    told: dict[str, Any] = {"tool": tool, "version": version(tool), "mode": mode or "random", "program": name}
    case = load(name)
    body = ThreadsBody(case) if case.threads else Body(case)
    search, replay = {"simloom": simloom, "simloop": simloop, "interleave-test": interleave}[tool](body, mode, int(option("--most", 1000)))

    def counted(number: int) -> Search:
        def run() -> tuple[bool, int]:
            before = body.runs
            return search(number), body.runs - before

        return timed(run)

    told |= repeat(counted, option("--seconds", 5.0))
    replayed = replay()
    if replayed is not None:
        told["replayed"] = replayed
    print(json.dumps(told), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
