"""A case under frontrun; one JSON line.

    python run_frontrun.py CASE dpor|random [--seconds S] [--on]
    frontrun python run_frontrun.py t1 dpor ...        # for threads frontrun wants its own launcher

dpor is frontrun's default.  Replays are not part of the time.  `--on`: dpor does not stop at the first failure.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from importlib.metadata import version
from typing import Any

import frontrun
from cases import Search, load, option, repeat, timed

REPLAYS = 10


def main() -> None:
    name, how = sys.argv[1:3]
    case = load(name)
    settings: dict[str, Any] = {"strategy": "dpor", "reproduce_on_failure": 0, "stop_on_first": "--on" not in sys.argv}

    def explore(**options: Any) -> Any:
        if case.threads:
            return frontrun.explore(case.setup, list(case.workers), case.invariant, **options)

        async def inside() -> Any:
            return await frontrun.explore(case.setup, list(case.workers), case.invariant, **options)

        return asyncio.run(inside())

    inconclusive = [0]

    def search(number: int) -> Search:
        options = settings if how == "dpor" else {"strategy": "random", "seed": number}
        if case.threads:
            options = {**options, "reproduce_on_failure": 0}

        def run() -> tuple[bool, int]:
            result = explore(**options)
            inconclusive[0] += result.property_holds is None
            return result.property_holds is False, result.num_explored

        return timed(run)

    told = repeat(search, option("--seconds", 5.0))
    told["inconclusive"] = inconclusive[0]
    if told["found"] and (how == "dpor" or case.threads):  # the random search of coroutines offers no replay
        result = explore(**({"strategy": "dpor"} if how == "dpor" else {"strategy": "random", "seed": 1}), reproduce_on_failure=REPLAYS)
        told["replayed"] = [result.reproduction_successes, result.reproduction_attempts]
    print(
        json.dumps({"tool": "frontrun", "version": version("frontrun"), "mode": how, "program": name, **told}),
        flush=True,
    )
    os._exit(0)  # it may leave threads that never end


if __name__ == "__main__":
    main()
