"""Runs a workload's main() again and again, late at random, on a stock event loop.  Runs in the case's own interpreter: standard library only.

    attempts.py WORKLOAD --healthy REGEX --runs N [--late MS] [--turn MS] [--seed S]

The loop is asyncio's own; what is late comes from the selector it is given, which is a public parameter: bytes that are there are told of
up to --late milliseconds later, and one loop turn in eight takes up to --turn milliseconds longer.  So is the end of an asyncio.sleep, which
stands for input and output, up to --late milliseconds later; other timers are left alone.  All of it is uniform.  Where main() is a plain function, its threads
get a switch interval of a hundredth of the usual one, and nothing is late.

Prints a JSON line as each run ends: {"seed", "outcome", "detail", "cpu"}, where cpu is the seconds of CPU time so far and outcome is
    healthy   it ended normally, and each line it printed matches --healthy
    wrong     it ended normally with another line
    raised    an exception left main()
    reported  an exception came to the loop's exception handler
    unclosed  something was collected that should have been closed (ResourceWarning)
A run that hangs prints nothing more: the reader of the lines ends it.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import inspect
import io
import json
import random
import re
import runpy
import selectors
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

LONG_TURNS = 1 / 8
SWITCH = 5e-5
"""Seconds."""


class LateSelector(selectors.DefaultSelector):
    """Tells of readable files late.  The first file registered is the loop's self-pipe, which is not an arrival."""

    def __init__(self, chance: random.Random, late: float, turn: float) -> None:
        super().__init__()
        self._chance = chance
        self._late = late
        self._turn = turn
        self._own: int | None = None
        self._due: dict[int, float] = {}

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        key = super().register(fileobj, events, data)
        if self._own is None:
            self._own = key.fd
        return key

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        key = super().unregister(fileobj)
        self._due.pop(key.fd, None)
        return key

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        given = super().select(timeout)
        if self._turn and self._chance.random() < LONG_TURNS:
            time.sleep(self._chance.uniform(0, self._turn))
        told = self._told(given)
        if given and not told:
            until = min(self._due.values()) - time.monotonic()
            time.sleep(max(0.0, until if timeout is None else min(timeout, until)))
            told = self._told(given)
        return told

    def _told(self, given: list[tuple[selectors.SelectorKey, int]]) -> list[tuple[selectors.SelectorKey, int]]:
        told = []
        now = time.monotonic()
        for key, events in given:
            if events & selectors.EVENT_READ and key.fd != self._own and self._late:
                due = self._due.setdefault(key.fd, now + self._chance.uniform(0, self._late))
                if now < due:
                    events &= ~selectors.EVENT_READ
                else:
                    del self._due[key.fd]
            if events:
                told.append((key, events))
        return told


class LateLoop(asyncio.SelectorEventLoop):
    """Ends sleeps late."""

    def __init__(self, chance: random.Random, late: float, turn: float) -> None:
        super().__init__(LateSelector(chance, late, turn))
        self._chance = chance
        self._late = late

    def call_later(self, delay: float, callback: Callable[..., object], *args: Any, **options: Any) -> asyncio.TimerHandle:
        if getattr(callback, "__name__", "") == "_set_result_unless_cancelled":  # what asyncio.sleep asks for
            delay += self._chance.uniform(0, self._late)
        return super().call_later(delay, callback, *args, **options)


class Run:
    """One run of main(), and what came of it."""

    def __init__(self, main: Callable[[], Any], seed: int, late: float, turn: float) -> None:
        self._main = main
        self._chance = random.Random(seed)
        self._late = late
        self._turn = turn
        self._reported: list[str] = []
        self._unclosed: list[str] = []

    def outcome(self, healthy: re.Pattern[str]) -> tuple[str, str]:
        printed = io.StringIO()
        try:
            with contextlib.redirect_stdout(printed), warnings.catch_warnings():
                warnings.simplefilter("always", ResourceWarning)
                warnings.showwarning = self._warned
                self._go()
                gc.collect()  # an exception never retrieved, a transport never closed: said when they are collected
        except BaseException as raised:
            if isinstance(raised, KeyboardInterrupt):
                raise
            return "raised", f"{type(raised).__name__}: {raised}"
        wrong = [line for line in printed.getvalue().splitlines() if not healthy.fullmatch(line)]
        if wrong:
            return "wrong", wrong[0]
        if self._reported:
            return "reported", self._reported[0]
        return ("unclosed", self._unclosed[0]) if self._unclosed else ("healthy", "")

    def _warned(self, message: Warning | str, category: type[Warning], *where: object) -> None:
        if issubclass(category, ResourceWarning):
            self._unclosed.append(str(message))

    def _go(self) -> None:
        if not inspect.iscoroutinefunction(self._main):
            self._main()  # threads change often enough by themselves (SWITCH)
            return
        with asyncio.Runner(loop_factory=self._loop) as runner:
            runner.run(self._main())

    def _loop(self) -> asyncio.AbstractEventLoop:
        loop = LateLoop(self._chance, self._late, self._turn)
        loop.set_exception_handler(
            lambda loop, context: self._reported.append(f"{context['message']}: {context.get('exception')!r}")
        )
        return loop


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("workload")
    parser.add_argument("--healthy", required=True)
    parser.add_argument("--runs", type=int, required=True)
    parser.add_argument("--late", type=float, default=0.0)
    parser.add_argument("--turn", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    workload = runpy.run_path(given.workload, run_name="workload")
    healthy = re.compile(given.healthy)
    lines = sys.stdout
    if not inspect.iscoroutinefunction(workload["main"]):
        sys.setswitchinterval(SWITCH)
    for seed in range(given.seed, given.seed + given.runs):
        outcome, detail = Run(workload["main"], seed, given.late / 1000, given.turn / 1000).outcome(healthy)
        told = {"seed": seed, "outcome": outcome, "detail": detail, "cpu": time.process_time()}
        print(json.dumps(told), file=lines, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
