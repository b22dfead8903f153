"""Fewer choices that still show a cause."""

from __future__ import annotations

import asyncio

from racetrap.hunt.stock_threads import reduce


def reduced(choices: list[int], needed: set[int], runs: int = 1000) -> list[int] | None:
    left = [runs]

    async def shows(some: list[int]) -> bool:
        left[0] -= 1
        return needed <= set(some)

    return asyncio.run(reduce(choices, shows, lambda: left[0] > 0))


def test_only_what_is_needed_is_left() -> None:
    assert reduced(list(range(40)), {3, 17, 39}) == [3, 17, 39]


def test_nothing_is_left_where_the_default_shows_it() -> None:
    assert reduced(list(range(7)), set()) == []


def test_a_cause_the_choices_do_not_show_is_said() -> None:
    assert reduced([1, 2], {5}) is None


def test_where_time_is_up_what_is_left_still_shows_it() -> None:
    assert {3, 17, 39} <= set(reduced(list(range(40)), {3, 17, 39}, runs=5) or [])
