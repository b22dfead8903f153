"""The search strategies by themselves: what each may depend on, and what makes it the one it is called."""

from __future__ import annotations

from collections import Counter

import pytest

from racetrap_probe.schedule import NEXT
from racetrap_probe.strategies import NAMES, Portfolio
from racetrap_probe.strategies.pos import Pos

ACTORS = [3, 1, 2, -1]


def picks(strategy: object, seed: int, index: int, count: int = 60) -> list[int]:
    strategy.begin(seed, index)  # type: ignore[attr-defined]
    made = []
    for step in range(count):
        made.append(strategy.pick(NEXT, ACTORS))  # type: ignore[attr-defined]
        if step % 3 == 0:
            strategy.noticed(ACTORS[step % 4])  # type: ignore[attr-defined]
    return made


@pytest.mark.parametrize("name", NAMES)
def test_seed_and_index_determine_a_strategys_picks(name: str) -> None:
    strategy = Portfolio(name).strategy(1)
    first = picks(strategy, 7, 1)
    assert picks(strategy, 7, 2) != first or picks(strategy, 8, 1) != first
    assert picks(strategy, 7, 1) == first == picks(Portfolio(name).strategy(1), 7, 1)


def test_every_strategy_is_dealt_out_and_the_default_run_is_the_first() -> None:
    portfolio = Portfolio()
    assert portfolio.strategy(0).name == "stock"
    dealt = Counter(portfolio.strategy(index).name for index in range(1, 101))
    assert set(dealt) == set(NAMES) and min(dealt.values()) >= 20


def test_pos_lets_an_event_of_low_priority_wait_behind_fresh_ones_until_it_races() -> None:
    pos = Pos()
    pos.begin(1, 1)
    pos.priority = {1: 0.0}
    assert [pos.pick(NEXT, [1, 2]) for _ in range(30)] == [1] * 30, "each event of task 2 is another one, and draws anew"
    pos.noticed(1)
    pos.noticed(2)
    assert 1 not in pos.priority, "it races with what task 2 did"
    pos.priority[1] = 0.0
    pos.noticed(1)
    assert pos.priority[1] == 0.0, "nothing races with itself"


def test_pos_draws_the_order_of_independent_events_evenly() -> None:
    orders = Counter()
    for index in range(600):
        pos = Pos()
        pos.begin(5, index)
        left, order = [1, 2, 3], []
        while left:
            order.append(left.pop(pos.pick(NEXT, left)))
        orders[tuple(order)] += 1
    assert len(orders) == 6 and min(orders.values()) > 60
