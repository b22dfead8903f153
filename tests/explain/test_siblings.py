"""The same pattern elsewhere: found by reading, each with a command that runs it."""

from __future__ import annotations

from pathlib import Path

import pytest

from racetrap.case import Site, Violation, Workload
from racetrap.explain import siblings

FOUND = """
async def found(pool, message):
    link = await pool.take()
    await pool.give(link)
    await message.settle()
"""
SAME = """
class Batch:
    async def flush(self, pool, message):
        link = await pool.take()
        await pool.give(link)
        if message:
            await message.settle()
    async def right(self, pool, message):
        link = await pool.take()
        try:
            await message.settle()
        finally:
            await pool.give(link)
    async def either(self, pool, message):
        if message:
            await pool.give(message)
        else:
            await message.settle()
"""
WORKLOAD = Workload(command=["pytest"], given=["pytest", "test_found.py"], cwd="", root="")
RELEASED = Violation(code="ACK001", title="", key="", sites=[
    Site(path="found.py", line=4, function="found", role="returned to the pool"), Site(path="found.py", line=5, function="found", role="settled afterwards (settle)")])
LEAKED = Violation(code="POOL005", title="", key="", sites=[Site(path="found.py", line=3, function="found", role="acquired, never returned")])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "found.py").write_text(FOUND)
    (tmp_path / "shop" / "work").mkdir(parents=True)
    (tmp_path / "shop" / "work" / "batch.py").write_text(SAME)
    (tmp_path / "test_found.py").write_text("from found import found\n")
    return tmp_path


def told(root: Path, violation: Violation) -> list[tuple[str, str, int, str]]:
    return [(s.site.path, s.site.function, s.site.line, s.command) for s in siblings.find(root, violation, WORKLOAD)]


def test_what_is_returned_and_then_used_is_a_sibling_and_the_other_orders_are_not(root: Path) -> None:
    assert [t[:3] for t in told(root, RELEASED)] == [("shop/work/batch.py", "Batch.flush", 5)]


def test_what_is_taken_and_returned_in_no_finally_is_a_sibling_of_a_leak(root: Path) -> None:
    assert [t[:3] for t in told(root, LEAKED)] == [("shop/work/batch.py", "Batch.flush", 4)]


@pytest.mark.parametrize("line", ["from shop.work import batch", "from shop.work.batch import nothing", "from shop import Batch", "from shop.work import anything"])
def test_the_command_is_a_test_that_imports_it(root: Path, line: str) -> None:
    (root / "test_it.py").write_text(line + "\n")
    assert told(root, RELEASED)[0][3] == "racetrap hunt -- pytest test_it.py"


def test_without_such_a_test_that_is_said(root: Path) -> None:
    (sibling,) = siblings.find(root, RELEASED, WORKLOAD)
    assert sibling.command == "racetrap hunt -- pytest test_found.py"
    assert "no test here imports it" in sibling.why


def test_a_script_is_run_itself(root: Path) -> None:
    (root / "shop" / "work" / "batch.py").write_text(SAME + "\nif __name__ == '__main__':\n    pass\n")
    assert told(root, RELEASED)[0][3] == "racetrap hunt -- python shop/work/batch.py"
