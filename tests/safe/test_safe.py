"""Correct programs are never accused: each in hundreds of schedules, or as many as RACETRAP_SAFE_SCHEDULES says, without a certain finding."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hunting import hunt, told

HERE = Path(__file__).parent
SCHEDULES = int(os.environ.get("RACETRAP_SAFE_SCHEDULES", "400"))
DEAR = ("threads_", "mixed_", "sockets_")
"""A schedule of these takes milliseconds: half as many."""
CORRECT = sorted(path.name for path in (HERE / "programs").glob("*.py"))
ANSWERS = sorted(path.name for path in (HERE / "answers").glob("*.py"))


@pytest.mark.parametrize("program", CORRECT)
def test_a_correct_program_is_not_accused(program: str) -> None:
    is_silent_about(HERE / "programs" / program)


@pytest.mark.parametrize("program", ANSWERS)
def test_an_answer_to_a_slow_world_is_no_finding(program: str) -> None:
    """These end in an error when a deadline of theirs has passed, and only then."""
    is_silent_about(HERE / "answers" / program)


def is_silent_about(program: Path) -> None:
    schedules = SCHEDULES // 2 if program.name.startswith(DEAR) else SCHEDULES
    report = hunt(["python", program.name], program.parent, "--seed", "1", "--schedules", str(schedules), "--seconds", "120", "--no-save")
    assert not report["findings"], told(report)
    assert report["verdict"] == "holds-within-bounds", told(report)
    assert report["schedules"] >= schedules or not report["bounds"].get("decisions")
    assert report["exit"] == 0
