"""A waiter that leaves by its deadline, and would it have hung without: what is asked, and what is no deadline."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from racetrap_probe import loop
from racetrap_probe.spared import Spared

Start = Callable[..., Any]

CALLED_OFF = """
import asyncio


class Gate:
    def __init__(self, room):
        self.room = room
        self.waiting = []

    async def enter(self):
        if self.room == 0:
            turn = asyncio.get_running_loop().create_future()
            self.waiting.append(turn)
            await turn
        else:
            self.room -= 1

    def leave(self):
        while self.waiting:
            turn = self.waiting.pop(0)
            if not turn.done():
                turn.set_result(None)
                return
        self.room += 1


class TooLate(Exception):
    pass


async def visit(gate, seen):
    began = asyncio.get_running_loop().time()
    await gate.enter()
    await asyncio.sleep(0.1)
    seen.set_result(asyncio.get_running_loop().time() - began)
    await asyncio.sleep(0)
    gate.leave()


async def wait(gate):
    await gate.enter()
    await asyncio.sleep(0.1)
    gate.leave()


async def clerk(seen):
    if await seen > 0.15:
        raise TooLate


async def main():
    gate = Gate(1)
    seen = asyncio.get_running_loop().create_future()
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(visit(gate, seen))
            for _ in range(2):
                group.create_task(wait(gate))
            group.create_task(clerk(seen))
            group.create_task(asyncio.sleep(0.3))
    except* TooLate:
        open("called_off", "a").close()

asyncio.run(main())
"""


def test_a_group_that_calls_its_tasks_off_is_no_deadline(hunted: Start, tmp_path: Path, python: str) -> None:
    searched = hunted(python, CALLED_OFF).unit().search(500)
    assert [f["violation"]["code"] for f in searched.found] == []
    assert (tmp_path / "called_off").exists()


def spared(task: int, watched: int) -> tuple[Spared, SimpleNamespace, dict[int, SimpleNamespace]]:
    tasks = {n: SimpleNamespace(racetrap_number=n, _fut_waiter=Waiting()) for n in (1, 2)}
    engine = SimpleNamespace(cancels=1, turns=0, max_turns=100, outcome=None, monitor=SimpleNamespace(tasks=list(tasks.values())))
    asked = Spared({"task": task, "cancel": 1, "watched": watched, "keep": 0, "answer": "waits"})
    assert asked.answer() == ""
    assert asked.spares(engine, tasks[task])
    engine.cancels = 2
    return asked, engine, tasks


class Waiting:
    outcome = "pending"

    def done(self) -> bool:
        return self.outcome != "pending"

    def cancelled(self) -> bool:
        return self.outcome == "cancelled"

    def exception(self) -> Exception | None:
        return ValueError() if self.outcome == "failed" else None


@pytest.mark.parametrize(("outcome", "answer"), [("pending", "waits"), ("woken", "woken"), ("failed", "failed")])
def test_the_answer_is_what_became_of_the_wait(outcome: str, answer: str) -> None:
    asked, _, tasks = spared(1, 2)
    tasks[2]._fut_waiter.outcome = outcome
    assert asked.answer() == answer


def test_who_is_watched_is_spared_its_deadlines_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, engine, tasks = spared(2, 2)
    monkeypatch.setattr(loop, "is_of_a_timer", lambda: True)
    assert asked.spares(engine, tasks[2])
    assert asked.answer() == "waits"
    monkeypatch.setattr(loop, "is_of_a_timer", lambda: False)
    assert not asked.spares(engine, tasks[2])
    assert asked.answer() == ""


def test_what_cleans_up_after_the_end_changes_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, engine, tasks = spared(2, 2)
    monkeypatch.setattr(loop, "is_of_a_timer", lambda: False)
    engine.outcome = "hang"
    assert not asked.spares(engine, tasks[2])
    tasks[2]._fut_waiter.outcome = "cancelled"
    assert asked.answer() == "waits"
