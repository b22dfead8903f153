"""An update in one statement by two threads without a common lock: a note with a GIL, certain without one."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import probing
import pytest

from racetrap_probe import sites
from racetrap_probe.oracles import unlocked

PROGRAM = """
import threading

class Counter:
    def __init__(self):
        self.n = 0
        self.lock = threading.Lock()
        self.other = threading.Lock()

    def plain(self):
        self.n += 1

    def locked(self):
        with self.lock:
            self.n += 1

    def otherwise_locked(self):
        with self.other:
            self.n += 1

counter = Counter()
counter.n += 1
threads = [threading.Thread(target=target) for target in ({targets})]
for t in threads:
    t.start()
for t in threads:
    t.join()
counter.n += 1
"""


@pytest.mark.parametrize(("targets", "noted"), [
    ("counter.plain, counter.plain", True), ("counter.locked, counter.otherwise_locked", True), ("counter.locked, counter.plain", True),
    ("counter.locked, counter.locked", False), ("counter.plain, int", False)])
def test_updates_without_a_common_lock_are_noted(tmp_path: Path, targets: str, noted: bool) -> None:
    with probing.hunted(sys.executable, tmp_path, PROGRAM.replace("{targets}", targets)) as workload:
        searched = workload.unit().search(count=100, seed=1)
    assert searched.codes == []
    assert ("ATOM002" in [f["violation"]["code"] for f in searched.found]) is noted


def test_it_is_certain_where_there_is_no_gil(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []
    monitor: Any = SimpleNamespace(report=lambda code, title, **about: told.append((code, about["certain"])))
    path = tmp_path / "counting.py"
    path.write_text(textwrap.dedent("""
        import sys
        def up(counter, frames):
            frames.append(sys._getframe())
            counter.n += 1
    """))
    monkeypatch.setattr(unlocked, "_free", lambda: False)
    monkeypatch.setattr(sites, "is_user_code", lambda code: True)
    names: dict[str, Any] = {}
    exec(compile(path.read_text(), str(path), "exec"), names)
    rule, frames = unlocked.Unlocked(monitor), []
    names["up"](type("Counter", (), {"n": 0})(), frames)
    for number in (1, 2):
        rule.line(SimpleNamespace(number=number, done=False, held=[], born_after=frozenset(), name=f"thread {number}"), frames[0], 5)
    assert told == [("ATOM002", True)]
