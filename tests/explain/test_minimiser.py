"""The minimiser on bugs whose minimal set is known, with a lab that only thinks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from racetrap.explain.minimise import Minimiser
from racetrap.explain.model import Constraint, Count
from racetrap.explain.record import Record
from racetrap.explain.wilson import interval, is_less


def item(task: int, n: int = 1) -> tuple[Any, ...]:
    return (f"main#1/work#{task}", "sleep", "app.py", "work", 10, n)


def held(task: int, until: int, n: int = 1) -> Constraint:
    return Constraint(hold=item(task, n), until=item(until))


class ThinkingLab:
    """Fails when `bug` says so of the set; a recorded run has one arrival of each task, in the order of `book`."""

    def __init__(self, bug: Callable[[frozenset[Constraint]], bool], book: dict[str, Any]) -> None:
        self.bug = bug
        self.book = book
        self.tried: list[frozenset[Constraint]] = []

    async def is_failing(self, constraints: Sequence[Constraint]) -> bool:
        self.tried.append(frozenset(constraints))
        return self.bug(frozenset(constraints))

    async def one(self, trial: Any) -> Any:
        failing = self.bug(frozenset(trial.constraints))

        class Tried:
            keys = ("x",) if failing else ()
            result = type("Result", (), {"book": self.book})

        return Tried

    def fails(self, tried: Any) -> bool:
        return "x" in tried.keys


def book(tasks: int, due_first: bool = True) -> dict[str, Any]:
    """One arrival of each task, one after the other, each late since the beginning."""
    rows = []
    for n in range(tasks):
        late = n * 0.1
        rows.append([n, n * 0.1, n, "deliver", n + 1, "sleep", "app.py", 10, "work", -1, 1, f"late by {late:g} s" if late else "", [],
                     [list(item(n + 1)), None, n]])
    return {"rows": rows, "actors": {str(n + 1): [item(n + 1)[0], "work", 0] for n in range(tasks)}, "never": []}


def minimise(bug: Callable[[frozenset[Constraint]], bool], tasks: int = 12) -> tuple[Any, ThinkingLab]:
    lab = ThinkingLab(bug, book(tasks))
    minimiser = Minimiser(lab, "X001", lambda: False)
    return asyncio.run(minimiser.run(Record(book(tasks)))), lab


def holds(constraints: frozenset[Constraint]) -> set[int]:
    return {int(c.hold[0].rpartition("#")[2]) for c in constraints}


@pytest.mark.parametrize("needed", [{5}, {3, 9}, {2, 3, 4}, {2, 7, 11, 12}])
def test_what_is_needed_remains_and_nothing_else(needed: set[int]) -> None:
    state, _ = minimise(lambda constraints: needed <= holds(constraints))
    assert holds(frozenset(state)) == needed
    assert len(state) == len(needed)


def test_a_bug_of_the_default_order_needs_nothing() -> None:
    state, lab = minimise(lambda constraints: True)
    assert state == ()
    assert len(lab.tried) == 1


def test_a_failure_that_constraints_do_not_make_again_is_said() -> None:
    state, _ = minimise(lambda constraints: False)
    assert state is None


def test_the_event_waited_for_is_the_earliest_that_will_do() -> None:
    def bug(constraints: frozenset[Constraint]) -> bool:
        mine = next((c for c in constraints if c.hold == item(9)), None)
        return mine is not None and int(mine.until[0].rpartition("#")[2]) >= 4

    state, _ = minimise(bug)
    assert state == (held(9, 4),)


def test_no_set_is_tried_twice() -> None:
    _, lab = minimise(lambda constraints: {3, 9} <= holds(constraints))
    assert len(lab.tried) == len(set(lab.tried))


def test_it_ends_with_what_it_has_when_the_time_is_up() -> None:
    lab = ThinkingLab(lambda constraints: {3, 9} <= holds(constraints), book(12))
    minimiser = Minimiser(lab, "X001", lambda: True)
    state = asyncio.run(minimiser.run(Record(book(12))))
    assert state is not None
    assert {3, 9} <= holds(frozenset(state))
    assert not minimiser.complete


def test_an_arrival_that_was_overtaken_and_never_came_is_held() -> None:
    rows = book(3)
    rows["never"] = [[list(item(7)), 0.05, 3]]
    made = Record(rows).as_constraints()
    assert Constraint(hold=item(7), until=item(3)) in made


def test_wilsons_interval_is_that_of_the_tables() -> None:
    low, high = interval(8, 10)
    assert (round(low, 3), round(high, 3)) == (0.490, 0.943)
    assert interval(0, 0) == (0.0, 1.0)
    assert interval(0, 20)[0] == 0.0
    assert interval(20, 20)[1] == 1.0


@pytest.mark.parametrize(("one", "other", "less"), [((0, 20), (20, 20), True), ((15, 20), (16, 20), False), ((6, 20), (14, 20), True), ((0, 0), (5, 5), False)])
def test_one_rate_is_less_than_another_beyond_chance(one: tuple[int, int], other: tuple[int, int], less: bool) -> None:
    assert is_less(Count(shown=one[0], of=one[1]), Count(shown=other[0], of=other[1])) is less


def test_where_runs_are_not_alike_a_set_has_to_fail_twice() -> None:
    class Flaky(ThinkingLab):
        async def is_failing(self, constraints: Sequence[Constraint]) -> bool:
            again = frozenset(constraints) in self.tried
            return await super().is_failing(constraints) or (len(constraints) == 1 and not again)

    ends = []
    for twice in (False, True):
        lab = Flaky(lambda constraints: {3, 9} <= holds(constraints), book(12))
        state = asyncio.run(Minimiser(lab, "X001", lambda: False, twice=twice).run(Record(book(12))))
        ends.append(holds(frozenset(state or ())))
    assert ends[0] != {3, 9}
    assert ends[1] == {3, 9}
