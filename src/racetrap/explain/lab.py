"""Where trials are run: one worker of one unit, started again when a run ends it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any

import msgspec

from racetrap.explain.model import Constraint
from racetrap.hunt.messages import SearchDone, TrialsReady, Tried
from racetrap.hunt.session import Conversation, Gone, Unit

AHEAD = 24
"""Trials that may be on their way to the worker."""
MOST_CRASHES = 8


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """One run to be made.

    rest: who decides what is left open, (seed, index) of the portfolio or ("calm", seed); None: the default order.
    keep: take so many decisions of the base record instead of constraints.
    watch: (path, function) of those whose leaving a recorded run notes.
    """

    constraints: tuple[Constraint, ...] = ()
    rest: tuple[int | str, int] | None = None
    keep: int | None = None
    book: str = ""
    watch: tuple[tuple[str, str], ...] = ()


class Lab:
    """Runs trials for a finding, counts them.

    Args:
        key: the finding's cause; a trial fails when it shows it for certain.
        deadline: `time.monotonic()` after which `left` is False.
    """

    def __init__(self, unit: Unit, key: str, *, latency: float, wall: float, fork: bool, keep_sleep0: bool = False) -> None:
        self.unit = unit
        self.key = key
        self.runs = 0
        self.cpu = 0.0
        """Processor seconds of all runs, as the worker saw them."""
        self.mode = ""
        self.why = ""
        self.crashes = 0
        self._command = {
            "op": "trials", "key": key, "seed": 0, "latency": latency, "wall": wall, "in_process": not fork, "keep_sleep0": keep_sleep0,
        }
        self._wall = wall
        self._fork = fork
        self._stack = AsyncExitStack()
        self._line: Conversation | None = None
        self._base: list[list[Any]] | None = None

    async def _start(self) -> Conversation:
        await self._stack.aclose()
        self._line = await self._stack.enter_async_context(self.unit.conversation(dict(self._command)))
        while not isinstance(ready := await self._line.receive(20 * self._wall + 15), TrialsReady):
            if isinstance(ready, SearchDone):
                raise Gone(f"{self.unit.name}: the worker did not start")
        self.mode, self.why = ready.mode, ready.why or self.why
        if self._base is not None:
            self._line.send({"op": "try", "trials": [], "base": self._base})
        return self._line

    async def close(self) -> None:
        await self._stack.aclose()

    def use_forks(self, why: str) -> None:
        """From here on each trial is a fork."""
        self.why = why
        self._fork = True
        self._command["in_process"] = False
        self._line = None

    def set_base(self, decisions: list[list[Any]]) -> None:
        """The record of which a trial may keep the first decisions."""
        self._base = decisions
        if self._line is not None:
            self._line.send({"op": "try", "trials": [], "base": decisions})

    async def run(self, trials: Sequence[Trial]) -> list[Tried]:
        """Run them in this order.

        Raises:
            Gone: the unit is.
        """
        answers: list[Tried] = []
        line = self._line or await self._start()
        sent = 0
        while len(answers) < len(trials):
            if sent < len(trials) and sent - len(answers) < AHEAD:
                batch = trials[sent : len(answers) + AHEAD]
                line.send({"op": "try", "trials": [_as_json(t, sent + n) for n, t in enumerate(batch)]})
                sent += len(batch)
            answer = await line.receive(self._wall + 20)
            if isinstance(answer, Tried):
                if answer.result is not None and "actors" not in answer.result.book:
                    answer = msgspec.structs.replace(answer, result=None)  # it was killed before it could tell its events
                answers.append(answer)
                self.runs += 1
                self.cpu += answer.cpu
            elif isinstance(answer, SearchDone):
                self.crashes += 1
                if self.crashes > MOST_CRASHES:
                    raise Gone(f"{self.unit.name}: runs end the process")
                if self.crashes == 1 and not self._fork:
                    self._command["in_process"] = False  # whatever ends the process shall end a fork only
                else:
                    answers.append(Tried(id=0, n=len(answers), outcome="killed", keys=[]))
                line = await self._start()
                sent = len(answers)
        return answers

    async def one(self, trial: Trial) -> Tried:
        return (await self.run([trial]))[0]

    def fails(self, tried: Tried) -> bool:
        """Does this trial show the finding's cause?"""
        return self.key in tried.keys

    async def is_failing(self, constraints: Sequence[Constraint]) -> bool:
        """Does the default order fail under these constraints?"""
        return self.fails(await self.one(Trial(constraints=tuple(constraints))))


def _as_json(trial: Trial, number: int) -> dict[str, Any]:
    return {
        "n": number,
        "constraints": [c.as_command() for c in trial.constraints],
        "rest": trial.rest,
        "keep": trial.keep,
        "book": trial.book,
        "watch": trial.watch,
    }
