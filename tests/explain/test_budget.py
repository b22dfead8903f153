"""How much is run: by runs in process, by time in forks, and what runs cost is learned."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from racetrap.explain.budget import CHEAP, Budget
from racetrap.hunt.messages import Tried


def lab(mode: str = "in-process") -> Any:
    return SimpleNamespace(mode=mode, runs=0, cpu=0.0)


def learned(budget: Budget, cpu: float, seconds: float) -> None:
    budget.learn([Tried(id=0, n=n, outcome="passed", keys=[], cpu=cpu) for n in range(8)], seconds)


def test_in_process_a_busy_machine_makes_as_many_runs_as_an_idle_one() -> None:
    made = []
    for seconds in (0.1, 100.0):
        budget = Budget(lab(), None)
        learned(budget, 0.005, seconds)
        made.append(budget.runs(60, 0.2, 8))
    assert made == [60, 60]


def test_dear_runs_are_made_less_often() -> None:
    budget = Budget(lab(), None)
    learned(budget, 3.5 * CHEAP, 1.0)
    assert budget.runs(60, 0.2, 8) == 15
    assert budget.runs(8, 0.2, 8) == 8


@pytest.mark.parametrize("mode", ["in-process", "fork"])
def test_a_limit_is_reached(mode: str) -> None:
    made = lab(mode)
    budget = Budget(made, None if mode == "in-process" else 1e-9)
    over = budget.until(0.5, 10)
    made.runs = 10
    assert over()


def test_in_process_the_limit_is_a_number_of_runs_or_processor_time() -> None:
    made = lab()
    budget = Budget(made, None)
    over = budget.until(0.5, 10)
    made.runs = 9
    assert not over()
    made.cpu = 0.6 * budget.seconds
    assert over()


def test_with_a_server_the_time_counts() -> None:
    budget = Budget(lab(), None)
    usual = budget.seconds
    budget.begin(outside=True)
    assert budget.seconds > usual
    learned(budget, 0.0, 8.0)
    assert budget.runs(60, 0.2, 8) < 60
