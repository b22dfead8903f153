"""Strategies by themselves, and their schedules run again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from racetrap_probe.schedule import CLOCK, GO, HOLD, LATE, NEXT
from racetrap_probe.strategies import NAMES, Portfolio
from racetrap_probe.strategies.pct import REDRAW
from racetrap_probe.strategies.pos import Pos

Start = Callable[..., Any]


def pos(seed: int = 1, index: int = 5) -> Pos:
    made = Pos()
    made.begin(seed, index)
    return made


def test_the_portfolio_deals_out_every_strategy_to_every_job() -> None:
    portfolio = Portfolio()
    assert portfolio.strategy(0).name == "stock"
    for jobs in (1, 2, 3, 4):
        for first in range(jobs):
            assert {portfolio.strategy(index).name for index in range(first + jobs, 100, jobs)} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_what_a_strategy_picks_follows_from_seed_and_index(name: str) -> None:
    def picks(seed: int, index: int) -> list[int]:
        strategy = Portfolio(name).strategy(index)
        strategy.begin(seed, index)
        out = []
        for step in range(60):
            out.append(strategy.pick((NEXT, HOLD, LATE)[step % 3], [step % 5 + 1, GO if step % 3 == 1 else CLOCK]))
            strategy.noticed(step % 4, "thing")
        return out

    assert picks(1, 7) == picks(1, 7)
    assert len({tuple(picks(seed, 7)) for seed in range(20)}) > 10


def test_pos_takes_the_highest_and_draws_anew_for_its_actor_only() -> None:
    strategy = pos()
    chosen = strategy.pick(NEXT, [1, 2, 3])
    left = dict(strategy.priority)
    assert set(left) == {1, 2, 3} - {chosen + 1}
    strategy.pick(NEXT, [1, 2, 3])
    assert all(strategy.priority.get(actor, value) == value for actor, value in left.items())


def test_pos_does_not_leave_the_unluckiest_behind_for_good() -> None:
    """However low it was drawn: what ticks without end would go on for ever before it."""
    strategy = pos()
    strategy.priority[2] = -1.0
    assert 1 in [strategy.pick(NEXT, [1, 2]) for _ in range(4 * REDRAW)]


def test_pos_takes_everything_once_before_it_starves_anybody_for_long() -> None:
    """A ticker that always has an event does not keep another's back for ever: it draws anew each time."""
    for seed in range(200):
        strategy = pos(seed)
        assert any(strategy.pick(NEXT, [1, 2]) == 1 for _ in range(2_000)), seed


def test_pos_draws_anew_for_what_races_with_the_event_taken_and_for_nothing_else() -> None:
    strategy = pos()
    strategy.pick(NEXT, [GO, 1, 2, 3])
    for actor in (1, 2):
        strategy.noticed(actor, "Connection #1")
    strategy.noticed(3, "Connection #2")
    strategy.priority.update({1: 0.1, 2: 0.2, 3: 0.3})
    strategy.noticed(1, "Connection #1")
    assert strategy.priority == {**strategy.priority, 1: 0.1, 3: 0.3}
    assert 2 not in strategy.priority


def test_pos_keeps_a_sleep0_back_as_the_same_event() -> None:
    strategy = pos()
    strategy.priority.update({1: 0.2, GO: 0.8})
    assert strategy.pick(HOLD, [1, GO]) == 1
    assert strategy.priority == {1: 0.2, GO: 0.8}
    strategy.priority[GO] = 0.1
    assert strategy.pick(HOLD, [1, GO]) == 0
    assert 1 not in strategy.priority


RACE = """
import asyncio
class Connection:
    def __init__(self): self.user = None
    async def ask(self, who):
        self.user = who
        await asyncio.sleep(0.01)
        return self.user
    def done(self, who): self.user = (who, "done")
class Pool:
    def __init__(self): self.free = [Connection()]
    def get(self): return self.free.pop() if self.free else Connection()
    def put(self, connection): self.free.append(connection)
pool = Pool()
async def work(n):
    for _ in range(2):
        connection = pool.get()
        await connection.ask(n)
        pool.put(connection)
        await asyncio.sleep(0.001)
        connection.done(n)
        await asyncio.sleep(0.2)
async def main():
    await asyncio.gather(*(work(n) for n in range(2)))
asyncio.run(main())
"""


def test_a_schedule_of_pos_is_replayed(hunted: Start, one_python: str) -> None:
    unit = hunted(one_python, RACE).unit()
    searched = unit.search(200, strategy="pos")
    assert searched.done["strategies"] == ["pos"]
    assert "POOL001" in searched.codes
    schedule = next(f["schedule"] for f in searched.found if f["violation"]["code"] == "POOL001")
    assert schedule["strategy"]["name"] == "pos"
    again = [unit.run(schedule) for _ in range(3)]
    assert [r["diverged"] for r in again] == [None] * 3
    assert len({r["digest"] for r in again}) == 1
    assert all("POOL001" in {v["code"] for v in r["violations"]} for r in again)


STARTS = """
import asyncio
order = []
async def step(n):
    await asyncio.sleep(0.01 * n)
    order.append(n)
async def main():
    await asyncio.gather(*(step(n) for n in range(4)))
    assert order != [0, 3, 2, 1], order
asyncio.run(main())
"""


def test_a_run_whose_sleep0_keep_their_place_replays_without_being_told_to_keep_them(hunted: Start, one_python: str) -> None:
    unit = hunted(one_python, STARTS).unit()
    (found,) = unit.search(2_000, keep_sleep0=True).found
    assert [d[2] for d in found["schedule"]["decisions"] if d[2].startswith("hold")] == ["hold: sleep(0) keeps its place"]
    again = unit.run(found["schedule"])
    assert (again["outcome"], again["diverged"]) == ("failed", None)
    held = unit.run({**found["schedule"], "decisions": [[2, 1, "hold: sleep(0) late"], *found["schedule"]["decisions"][1:]]}, keep_sleep0=True)
    assert unit.run({**found["schedule"], "decisions": held["decisions"]})["outcome"] == held["outcome"]


@pytest.mark.parametrize(("length", "farthest"), [(10, 16), (4000, 4096)])
def test_change_points_reach_about_as_far_as_the_default_run_is_long(length: int, farthest: int) -> None:
    portfolio = Portfolio("pct,pct-events")
    portfolio.scale(length, length)
    places: set[int] = set()
    for index in range(1, 2000):
        strategy = portfolio.strategy(index)
        strategy.begin(1, index)
        places |= strategy.changes | strategy.events  # type: ignore[attr-defined]
    assert farthest // 2 < max(places) <= 2 * farthest


LATE_BUG = """
import threading
class Shelf:
    def __init__(self):
        self.count = 0
def busy(lock):
    for _ in range(50):
        with lock: pass
def add(shelf, lock):
    busy(lock)
    seen = shelf.count
    shelf.count = seen + 1
shelf, lock = Shelf(), threading.Lock()
threads = [threading.Thread(target=add, args=(shelf, lock)) for _ in range(2)]
for t in threads: t.start()
for t in threads: t.join()
"""


def test_what_the_default_run_was_like_is_known_to_every_worker(hunted: Start, one_python: str) -> None:
    """Also to one that starts in the middle of a search."""
    searched = hunted(one_python, LATE_BUG).unit().search(400, strategy="pct", first=41)
    assert "ATOM001" in searched.codes
