"""Programs with a bug of an ordinary kind and no assert about it: found, named as their first line says, replayed, confirmed on asyncio's own loop.

# expects: CODE FUNCTION      a finding of that code has a site in that function; those of threads are tried on free threads, where nothing
but chance decides; those of a loop among threads are not tried
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hunting import hunt, told

HERE = Path(__file__).parent
PROGRAMS = sorted(path.name for path in (HERE / "programs").glob("*.py"))


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_bug_is_found_and_named(program: str) -> None:
    first = (HERE / "programs" / program).read_text().splitlines()[0]
    code, function = first.removeprefix("# expects:").split()
    on_stock = {"mixed": {"not-tried"}, "threads": {"confirmed", "not-confirmed"}}.get(program.partition("_")[0], {"confirmed"})
    for first in (["--first"], []):  # what is found first may be the failure it leads to
        report = hunt(
            ["python", program], HERE / "programs", "--seed", "1", "--schedules", "1000", "--seconds", "8", "--no-save", *first
        )
        matching = [
            f for f in report["findings"] if f["code"] == code and any(function in s["function"] for s in f["sites"])
        ]
        if matching:
            break
    assert matching, told(report)
    assert all(f["replayed"] == [10, 10] for f in matching)
    assert {f["stock"] for f in matching} <= on_stock
    assert report["exit"] == 1
