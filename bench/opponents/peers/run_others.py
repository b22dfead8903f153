"""A case under a smaller peer; one JSON line.

    python run_others.py CASE MODE [--seconds S] [--most N]
    MODE: simloom simloom:pct simloom:systematic simloop simloop:pct interleave-test

The case's invariant is an assert at the end of the peer's own test body.  interleave-test schedules threads only, so
for these programs it says that it does not apply.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
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


def main() -> None:
    name, how = sys.argv[1:3]
    tool, _, mode = how.partition(":")
    told: dict[str, Any] = {"tool": tool, "version": version(tool), "mode": mode or "random", "program": name}
    if tool == "interleave-test":
        print(json.dumps({**told, "applies": False, "why": "it schedules threads, not tasks"}), flush=True)
        return
    body = Body(load(name))
    search, replay = {"simloom": simloom, "simloop": simloop}[tool](body, mode, int(option("--most", 1000)))

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
