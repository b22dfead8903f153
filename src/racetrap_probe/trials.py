"""A worker that tries what it is told: runs under ordering constraints, or under the first decisions of a record.

A trial is {"n": number, "constraints": [...], "rest": null | [seed, index], "keep": k | null, "book": "" | "events" | "steps"}.
`rest` says who decides what is left open: null the default order, [seed, index] that member of the portfolio, ["calm", index] nearly the default order.  `keep`: the first k decisions of the record
(the command's "base") are taken instead of constraints.  Runs are made in process where that gives what a fork gives, as a search does it.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import struct
from typing import Any

from . import wire
from .execution import Execution, no_collection
from .schedule import Strategy
from .search import Search
from .strategies.calm import Calm
from .strategies.ordered import Ordered
from .strategies.prefix import Prefix
from .unwinding import Unwinding

COLLECT = 64
"""Runs between two collections of young garbage."""


class AllBut:
    """Contains every key but one."""

    def __init__(self, key: str) -> None:
        self.key = key

    def __contains__(self, key: str) -> bool:
        return key != self.key


class Trials(Search):
    """One worker; `serve` ends when the server closes the line."""

    def __init__(self, unit: Any, command: dict[str, Any], channel: Any, slot: Any) -> None:
        super().__init__(unit, command, channel, slot)
        if "key" in command:
            unit.roles.confirmed = AllBut(command["key"])  # what a trial does not look for need not be asked
        self.silent = dict(wire.silent)

    def execution(self, index: Any, record: list[Any] | None = None) -> Execution:
        if not isinstance(index, dict):
            return super().execution(index, record)
        trial = index
        self.unit.roles.asked.clear()  # every trial may ask as much as the first one
        seed, number = trial.get("rest") or (0, 0)
        rest: Strategy = self.portfolio.strategy(number)
        if seed == "calm":
            seed, rest = 0, Calm()
        keep = trial.get("keep")
        strategy: Strategy = Prefix(self.base[:keep], rest) if keep is not None else Ordered(trial["constraints"], rest)
        strategy.begin(seed, number)
        book = trial.get("book") or ("" if keep is not None else "steps" if _needs_steps(trial["constraints"]) else "events")
        execution = Execution(strategy, self.unit.roles, latency=self.latency, keep_sleep0=self.keep_sleep0, full=bool(trial.get("book")), book=book)
        if trial.get("watch"):
            execution.unwinding = Unwinding(execution.engine.book, trial["watch"])
        return execution

    def serve(self) -> None:
        self.base: list[list[Any]] = []
        pending = bytearray()
        count = 0
        with no_collection():
            mode = "fork"
            struct.pack_into("<q", self.slot, 0, 0)
            if self.command.get("in_process", True) and not self.unit.why_not and self.in_process_agrees():
                mode = "in-process"
                self.unit.prepare_reruns()
            self.channel.send({"msg": "ready", "id": self.command["id"], "mode": mode, "why": self.why})
            while True:
                struct.pack_into("<q", self.slot, 0, -1)
                self._beat()
                data = os.read(self.channel.fd, 1 << 16)
                if not data:
                    return
                pending += data
                while (end := pending.find(b"\n")) >= 0:
                    line, pending = bytes(pending[:end]), pending[end + 1 :]
                    command = json.loads(line)
                    self.base = command.get("base", self.base)
                    for trial in command["trials"]:
                        count += 1
                        struct.pack_into("<q", self.slot, 0, count)
                        self._try(trial, mode)
                        if count % COLLECT == 0:
                            gc.collect(0)

    def _try(self, trial: dict[str, Any], mode: str) -> None:
        brief, began = not trial.get("book"), _processor()
        wire.forget(self.silent)  # what one trial waited for in vain must not make the next one impatient
        result = self.in_process(trial, brief=brief) if mode == "in-process" else self.in_fork(trial)
        strategy = self.last[0].strategy if mode == "in-process" else None
        answer = {
            "msg": "tried",
            "id": self.command["id"],
            "n": trial["n"],
            "outcome": result["outcome"],
            "keys": [v["key"] for v in result["violations"] if v["certain"] or v["key"] == self.command.get("key")],
            "kept": result.get("kept") or getattr(strategy, "kept", []),
            "choices": result["choices"],
            "deviations": sum(1 for d in self.last[0].engine.decisions if d[1]) if mode == "in-process" else
            sum(1 for d in result["decisions"] if d[1]),
            "turns": result["turns"],
            "cpu": _processor() - began,
        }
        if not brief:
            answer["result"] = {"msg": "result", "id": self.command["id"], **result}
        self.channel.send(answer)


def _processor() -> float:
    """Processor seconds of this process and of its forks that have ended."""
    used = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(u.ru_utime + u.ru_stime for u in used)


def _needs_steps(constraints: list[dict[str, Any]]) -> bool:
    """Does one of them wait for a step of a task?"""
    return any(c["until"][1] in ("start", "wake", "wait", "callback") for c in constraints if "until" in c)
