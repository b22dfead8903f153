"""Threads that wait for sockets: what comes is held and delivered, the races on it are found and replayed, correct programs are not accused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hunting import hunt, told

PROGRAMS = Path(__file__).parent / "programs"


def hunted(program: str, schedules: int, *options: str) -> dict[str, Any]:
    return hunt(["python", program], PROGRAMS, "--seed", "1", "--schedules", str(schedules), "--seconds", "120", "--jobs", "1", "--no-save", *options)


@pytest.mark.parametrize(("program", "code"), [("total_of_replies.py", "ATOM001"), ("first_reply_wins.py", "USER001")])
def test_a_race_on_replies_is_found_and_replayed(program: str, code: str) -> None:
    report = hunted(program, 300)
    assert [f["code"] for f in report["findings"]] == [code], told(report)
    assert report["findings"][0]["replayed"] == [10, 10]
    assert not report["uncontrolled"], told(report)


@pytest.mark.parametrize(("program", "schedules"), [
    ("total_under_a_lock.py", 1000), ("all_ways_to_wait.py", 200), ("web_server.py", 200), ("asyncio_server.py", 500), ("never_answered.py", 50)])
def test_a_correct_client_is_not_accused(program: str, schedules: int) -> None:
    report = hunted(program, schedules)
    assert report["verdict"] == "holds-within-bounds", told(report)
    assert report["schedules"] >= 0.9 * schedules


def test_a_pipe_a_thread_waits_for_is_named() -> None:
    report = hunt(["python", "pipe.py"], PROGRAMS, "--seed", "1", "--schedules", "4", "--seconds", "30", "--jobs", "1", "--no-save")
    assert report["verdict"] == "inconclusive", told(report)
    assert any(u["what"].startswith("a file descriptor") and u["site"].endswith("pipe.py:20") for u in report["uncontrolled"]), told(report)
