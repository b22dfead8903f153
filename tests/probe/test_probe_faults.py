"""Injected faults: struck only when asked for, facts of the schedule, struck again by a replay and on the stock runtime."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Start = Callable[..., Any]

POOL = """
import asyncio
class Link:
    async def ask(self):
        await asyncio.sleep(0.01)
async def use(pool):
    link = await pool.get()
    {work}
async def main():
    pool = asyncio.Queue()
    pool.put_nowait(Link())
    for _ in range(2):
        await asyncio.gather(asyncio.create_task(use(pool)), return_exceptions=True)
asyncio.run(main())
"""
LOSES = "await link.ask()\n    pool.put_nowait(link)"
GIVES_BACK = "try:\n        await link.ask()\n    finally:\n        pool.put_nowait(link)"

ECHO = """
import asyncio
async def serve(reader, writer):
    try:
        while line := await reader.readline():
            writer.write(line)
            await writer.drain()
    except OSError:
        pass
    writer.close()
async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    for _ in range(5):
        try:
            writer.write(b"ping\\n")
            if await reader.readline() != b"ping\\n":
                print("closed")
                break
        except OSError as error:
            print(type(error).__name__)
            break
    server.close()
asyncio.run(main())
"""


def test_no_fault_strikes_unasked(hunted: Start, one_python: str) -> None:
    unit = hunted(one_python, POOL.format(work=LOSES)).unit()
    searched = unit.search(50, seed=1)
    assert searched.codes == []


def test_a_caller_that_gives_up_is_a_fact_of_the_schedule(hunted: Start, python: str) -> None:
    unit = hunted(python, POOL.format(work=LOSES)).unit()
    met = next(f for f in unit.search(200, seed=1, inject=["cancel"]).found if f["violation"]["code"] == "POOL005")
    assert "fault: cancel task" in [label for *_, label in met["schedule"]["decisions"]]
    again = unit.run(met["schedule"], full=True)
    key = met["violation"]["key"]
    violation = next(v for v in again["violations"] if v["key"] == key)
    assert violation["title"].endswith("(injected: cancel task)")
    assert [a["kind"] for a in again["assumes"]] == ["fault"]
    assert again["diverged"] is None
    stock = unit.run(met["schedule"], stock={"timing": again["timing"], "attempt": 0})
    assert key in [v["key"] for v in stock["violations"]]


def test_a_program_that_gives_back_in_any_case_is_not_accused(hunted: Start, one_python: str) -> None:
    unit = hunted(one_python, POOL.format(work=GIVES_BACK)).unit()
    searched = unit.search(200, seed=1, inject=["cancel"], faults=2)
    assert [f for f in searched.found if f["violation"]["certain"]] == []


@pytest.mark.parametrize("fault", ["reset connection", "error on connection"])
def test_a_connection_fails_as_the_schedule_says(hunted: Start, python: str, fault: str) -> None:
    workload = hunted(python, ECHO)
    unit = workload.unit()
    for turn in range(5, 40):
        result = unit.run({"format": 1, "decisions": [[turn, 2, f"fault: {fault}"]]})
        assert result["outcome"] == "passed", result
        if result["violations"] == [] and any(label == f"fault: {fault}" for *_, label in result["decisions"]):
            again = unit.run({"format": 1, "decisions": result["decisions"]})
            assert (again["digest"], again["diverged"]) == (result["digest"], None)
            return
    raise AssertionError("it struck nowhere")
