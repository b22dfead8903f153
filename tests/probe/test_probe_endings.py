"""How a run can end: by itself, by a signal, by an exit status, or not at all."""

from __future__ import annotations

from collections.abc import Callable

import probing
import pytest

Start = Callable[..., probing.Workload]

RARELY = """
    import asyncio, os, signal, sys, threading, time
    async def one(n, order):
        await asyncio.sleep(0.01 * n)
        order.append(n)
    async def main():
        order = []
        await asyncio.gather(one(1, order), one(2, order), one(3, order))
        if order == [3, 2, 1]:
            {what}
    asyncio.run(main())
"""


@pytest.mark.parametrize("in_process", [True, False])
@pytest.mark.parametrize(("what", "title"), [
    ("os.kill(os.getpid(), signal.SIGSEGV)", "the process was ended by SIGSEGV"),
    ("os._exit(3)", "exit status 3"),
    ("sys.exit(3)", "exit status 3"),
    ("os.abort()", "the process was ended by SIGABRT"),
])
def test_a_crash_under_some_schedule_keeps_its_schedule(hunted: Start, one_python: str, what: str, title: str, in_process: bool) -> None:
    unit = hunted(one_python, RARELY.format(what=what)).unit()
    assert unit.run()["outcome"] == "passed"
    searched = unit.search(150, in_process=in_process)
    assert searched.titles == [title]
    assert searched.done["reason"] == "count" and searched.done["runs"] == 150, "the search goes on after it"
    found = searched.found[0]
    assert found["schedule"]["decisions"]
    for _ in range(3):
        again = unit.run(found["schedule"])
        assert [v["key"] for v in again["violations"]] == [found["violation"]["key"]]
        assert again["diverged"] is None


def test_a_loop_that_waits_for_a_lock_nobody_else_can_release_hangs_at_once(hunted: Start, one_python: str) -> None:
    unit = hunted(one_python, RARELY.format(what="(l := threading.Lock()).acquire() and l.acquire()")).unit()
    searched = unit.search(40)
    assert [f["violation"]["code"] for f in searched.found] == ["USER002"]
    again = unit.run(searched.found[0]["schedule"])
    assert again["outcome"] == "hang" and again["violations"][0]["sites"][0]["line"] == 9


@pytest.mark.slow
@pytest.mark.parametrize("in_process", [True, False])
@pytest.mark.parametrize("what", ["while True: pass", "import os; os.read(os.pipe()[0], 1)"])
def test_a_turn_that_does_not_end_is_ended_and_named(hunted: Start, one_python: str, what: str, in_process: bool) -> None:
    unit = hunted(one_python, RARELY.format(what=what)).unit()
    assert unit.run()["outcome"] == "passed"
    searched = unit.search(8, in_process=in_process, wall=1)
    assert [f["violation"]["code"] for f in searched.found] == ["USER003"]
    assert searched.titles == ["a turn of the loop does not end (main at app.py:9)"]
    assert searched.found[0]["violation"]["sites"][0]["line"] == 9
    assert searched.done["runs"] == 8
    again = unit.run(searched.found[0]["schedule"], wall=1)
    assert again["outcome"] == "no-progress" and again["violations"][0]["key"] == searched.found[0]["violation"]["key"]


@pytest.mark.slow
def test_a_run_that_cannot_be_ended_from_inside_is_killed(hunted: Start, one_python: str) -> None:
    unit = hunted(one_python, """
        import asyncio
        async def main():
            while True:
                try:
                    while True: pass
                except BaseException:
                    pass
        asyncio.run(main())
    """).unit()
    first = unit.run(wall=1)
    assert first["outcome"] in ("no-progress", "unfinished")
    assert unit.run(wall=1)["outcome"] == first["outcome"], "the unit lives on"


def test_a_loop_that_turns_for_ever_is_no_progress(hunted: Start, one_python: str) -> None:
    unit = hunted(one_python, """
        import asyncio
        async def main():
            while True:
                await asyncio.sleep(0)
        asyncio.run(main())
    """).unit()
    assert unit.run(wall=20)["outcome"] in ("no-progress", "unfinished")


def test_a_program_that_fails_by_itself_says_where(hunted: Start, python: str) -> None:
    unit = hunted(python, """
        import asyncio
        async def main():
            await asyncio.sleep(1)
            raise ValueError("always")
        asyncio.run(main())
    """).unit()
    first = unit.run()
    assert first["outcome"] == "failed" and first["exit"] == 1
    assert first["exception"]["type"] == "ValueError" and first["exception"]["sites"][-1]["line"] == 4


def test_a_search_stops_when_told(hunted: Start, one_python: str) -> None:
    unit = hunted(one_python, RARELY.format(what="pass")).unit()
    unit.number += 1
    unit.line.send({"op": "search", "id": unit.number, "seed": 1, "first": 0, "stride": 1, "count": 10**9, "seconds": 50, "wall": 5})
    assert unit.line.receive()["msg"] == "progress"
    unit.line.send({"op": "stop", "id": unit.number})
    while (answer := unit.line.receive())["msg"] != "done":
        pass
    assert answer["reason"] == "stop"
