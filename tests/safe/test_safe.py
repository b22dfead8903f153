"""Correct programs are never accused: each in thousands of schedules, without a certain finding."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hunting import hunt, told

HERE = Path(__file__).parent
SCHEDULES = int(os.environ.get("RACETRAP_SAFE_SCHEDULES", "2000"))
PROGRAMS = sorted(path.name for path in (HERE / "programs").glob("*.py"))


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_correct_program_is_not_accused(program: str) -> None:
    report = hunt(["python", program], HERE / "programs", "--seed", "1", "--schedules", str(SCHEDULES), "--seconds", "120", "--no-save")
    assert not report["findings"], told(report)
    assert report["verdict"] == "holds-within-bounds", told(report)
    assert report["schedules"] >= SCHEDULES or not report["bounds"].get("decisions")
    assert report["exit"] == 0
