"""a1, a2, a3 as the peers want them: a fresh state, workers, and an invariant that says what must hold at the end.

racetrap is given the programs beside this directory and nothing else.  The peers look at the very same
classes and coroutines; what they need on top is written down here.
"""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

PROGRAMS = Path(__file__).parents[1]

Worker = Callable[[Any], Coroutine[Any, Any, None]]


@dataclass(frozen=True)
class Case:
    """One program for one peer."""

    name: str
    setup: Callable[[], Any]
    workers: tuple[Worker, ...]
    invariant: Callable[[Any], bool]


@dataclass(frozen=True)
class _Needs:
    state: str
    workers: tuple[str, ...]
    invariant: Callable[[Any], bool]


_NEEDS = {
    "a1": _Needs("TokenCache", ("early_caller", "late_caller"), lambda cache: cache.fetches == 1),
    "a2": _Needs(
        "Service",
        ("early_consumer", "late_consumer"),
        lambda service: sorted(service.handled) == sorted(service.broker.acknowledged) == ["m1", "m2"],
    ),
    "a3": _Needs(
        "Client",
        ("caller", "supervisor", "next_caller"),
        lambda client: all(answer == f"answer to {question}" for question, answer in client.answers.items()),
    ),
}

MOST = 12
"""So many times the seconds asked for, searches go on to be three."""

NAMES = tuple(f"{name}{form}" for name in _NEEDS for form in ("", "_spawn", "_fixed"))


def load(name: str) -> Case:
    """The case of a program's file name without its ending.  A `_spawn` form has one worker, which starts the tasks."""
    needs = _NEEDS[name.partition("_")[0]]
    sys.path.insert(0, str(PROGRAMS))
    program = importlib.import_module(name)
    workers = ("run",) if name.endswith("_spawn") else needs.workers
    return Case(name, getattr(program, needs.state), tuple(getattr(program, w) for w in workers), needs.invariant)


@dataclass(frozen=True)
class Search:
    """One search of a peer, until it found something or gave up."""

    found: bool
    schedules: int
    seconds: float


def repeat(search: Callable[[int], Search], seconds: float, least: int = 3) -> dict[str, Any]:
    """Search again and again for `seconds`, at least `least` times -> what the runners print.

    The first search warms up imports and patches and is left out.  The rate is that of the median search, which
    forgives a peer the stalls it has now and then.  Searches so long that `least` of them would take many times the
    `seconds` are cut down to fewer, at the worst to the first one.
    """
    began = time.perf_counter()
    first = search(0)
    done: list[Search] = []
    while len(done) < least or time.perf_counter() < began + first.seconds + seconds:
        if time.perf_counter() > began + MOST * seconds:
            break
        done.append(search(len(done) + 1))
    done = done or [first]
    found = [each for each in done if each.found]
    return {
        "searches": len(done),
        "found": len(found),
        "schedules_to_find": median(each.schedules for each in found) if found else None,
        "ms_to_find": round(1e3 * median(each.seconds for each in found), 1) if found else None,
        "worst_search_s": round(max(each.seconds for each in done), 2),
        "schedules": sum(each.schedules for each in done),
        "schedules_per_s": round(median(each.schedules / each.seconds for each in done if each.schedules), 1),
    }


def timed(run: Callable[[], tuple[bool, int]]) -> Search:
    """Time one search; `run` returns (found, schedules)."""
    began = time.perf_counter()
    found, schedules = run()
    return Search(found, schedules, time.perf_counter() - began)


def option(name: str, default: float) -> float:
    """`--name VALUE` of the command line."""
    return float(sys.argv[sys.argv.index(name) + 1]) if name in sys.argv else default
