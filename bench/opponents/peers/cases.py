"""The eight programs as the peers want them: a fresh state, workers, and an invariant that says what must hold at the end.

racetrap is given the programs beside this directory and nothing else.  The peers look at the very same
classes, coroutines and methods; what they need on top is written down here.
"""

from __future__ import annotations

import importlib
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

PROGRAMS = Path(__file__).parents[1]

Worker = Callable[[Any], Any]
"""A coroutine function, or for threads a plain one, of the state."""


@dataclass(frozen=True)
class Case:
    """One program for one peer."""

    name: str
    setup: Callable[[], Any]
    workers: tuple[Worker, ...]
    invariant: Callable[[Any], bool]
    threads: bool


@dataclass(frozen=True)
class _Needs:
    state: str
    workers: tuple[str, ...]
    invariant: Callable[[Any], bool]


@dataclass(frozen=True)
class _Threads:
    state: str
    workers: tuple[Worker, ...]
    invariant: Callable[[Any], bool]
    record: Callable[[Any], Any] = field(default=lambda state: state)
    """What the state has to keep for the invariant."""


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


def _with_broker(service: Any) -> Any:
    connection = service.pool.get()
    service.broker = connection.broker
    service.pool.put(connection)
    return service


def _bring_two(shelf: Any) -> None:
    shelf.bring(1)
    shelf.bring(2)


_THREADS: dict[str, _Threads] = {
    "t1": _Threads("Till", (lambda till: till.take_in(50),) * 2, lambda till: bool(till.total == 100)),
    "t2": _Threads(
        "Store",
        (lambda store: store.move("left", "right"), lambda store: store.move("right", "left")),
        lambda store: sum(store.goods.values()) == 20,
    ),
    "t3": _Threads(
        "Switchboard",
        (lambda board: board.call("desk", "ann"), lambda board: board.call("desk", "bob")),
        lambda board: sorted(board.lines["desk"]) == ["ann", "bob"],
    ),
    "t4": _Threads(
        "Service",
        (lambda service: service.consume(),) * 2,
        lambda service: sorted(service.handled) == sorted(service.broker.settled) == ["one", "two"],
        _with_broker,
    ),
    "t5": _Threads("Shelf", (_bring_two, lambda shelf: shelf.fetch(), lambda shelf: shelf.fetch()), lambda shelf: not shelf.parcels),
}
FORMS = ("", "_spawn", "_fixed")

MOST = 12
"""So many times the seconds asked for, searches go on to be three."""


def load(name: str) -> Case:
    """The case of a program's file name without its ending.  A `_spawn` form has one worker, which starts the tasks or threads."""
    program, _, form = name.partition("_")
    sys.path.insert(0, str(PROGRAMS))
    if program in _NEEDS:
        needs, module = _NEEDS[program], importlib.import_module(name)
        workers = ("run",) if form == "spawn" else needs.workers
        return Case(name, getattr(module, needs.state), tuple(getattr(module, w) for w in workers), needs.invariant, threads=False)
    has = _THREADS[program]
    state = getattr(importlib.import_module(name), has.state)
    each = (_starting(has.workers),) if form == "spawn" else has.workers
    return Case(name, lambda: has.record(state()), each, has.invariant, threads=True)


def _starting(workers: tuple[Worker, ...]) -> Worker:
    def run(state: Any) -> None:
        threads = [threading.Thread(target=worker, args=(state,)) for worker in workers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    return run


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
