"""Runs on asyncio's own loop: what was late in a controlled run is made late there, and nothing else decides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Start = Callable[..., Any]

LATE = """
import asyncio
async def work(names):
    {pause}
    names.append("slow")
async def main():
    names = []
    task = asyncio.create_task(work(names))
    try:
        async with asyncio.timeout(0.2):
            await asyncio.sleep(0.15)
            names.append("main")
            await asyncio.sleep(0.001)
    except TimeoutError:
        return
    await task
    assert names == ["slow", "main"], names
asyncio.run(main())
"""


def confirmed(unit: Any, attempt: int = 0) -> tuple[dict[str, Any], dict[str, Any], str]:
    """(the full run of the first finding, the run on the stock runtime, the finding's key)"""
    met = unit.search(300, seed=1).found[0]
    full = unit.run(met["schedule"], full=True)
    return full, unit.run(met["schedule"], stock={"timing": full["timing"], "attempt": attempt}), met["violation"]["key"]


def keys(result: dict[str, Any]) -> list[str]:
    return [v["key"] for v in result["violations"]]


def test_a_late_sleep_is_late_on_asyncios_own_loop(hunted: Start, python: str) -> None:
    full, stock, key = confirmed(hunted(python, LATE.format(pause="await asyncio.sleep(0.1)")).unit())
    assert key in keys(full)
    assert key in keys(stock)
    assert (stock["decisions"], stock["turns"]) == ([], full["turns"])


def test_nothing_is_late_there_that_the_record_does_not_say(hunted: Start, python: str) -> None:
    unit = hunted(python, LATE.format(pause="await asyncio.sleep(0.1)")).unit()
    full, _, key = confirmed(unit)
    met = {"format": 1, "decisions": full["decisions"]}
    assert keys(unit.run(met, stock={"timing": {"arrivals": [], "clock": []}, "attempt": 0})) == []
    assert key in keys(unit.run(met))


def test_a_variation_is_not_the_record(hunted: Start, one_python: str) -> None:
    unit = hunted(one_python, LATE.format(pause="await asyncio.sleep(0.1)")).unit()
    full, _, _ = confirmed(unit)
    met = {"format": 1, "decisions": full["decisions"]}
    turns = [unit.run(met, stock={"timing": full["timing"], "attempt": n})["virtual_seconds"] for n in range(4)]
    assert len(set(turns)) > 1


def test_a_yield_that_stands_for_io_is_late_there_too(hunted: Start, python: str) -> None:
    full, stock, key = confirmed(hunted(python, LATE.format(pause="await asyncio.sleep(0)")).unit())
    assert key in keys(full)
    assert key in keys(stock)


def test_an_executors_late_result_is_late_there_too(hunted: Start, python: str) -> None:
    full, stock, key = confirmed(hunted(python, LATE.format(pause="await asyncio.to_thread(sum, [1, 2])")).unit())
    assert key in keys(full)
    assert key in keys(stock)
