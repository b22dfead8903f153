"""`--also PACKAGE`: an installed package taken for the user's own code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hunting import RACETRAP, hunt, replay, told

TILLS = """
class Till:
    def __init__(self):
        self.total = 0

    def take_in(self, amount):
        before = self.total
        self.total = before + amount
"""
PROGRAM = """
import threading
from tills.counting import Till

till = Till()
threads = [threading.Thread(target=till.take_in, args=(n,)) for n in (1, 2)]
for t in threads:
    t.start()
for t in threads:
    t.join()
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    package = tmp_path / "lib" / "site-packages" / "tills"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "counting.py").write_text(TILLS)
    (tmp_path / "app.py").write_text(PROGRAM)
    monkeypatch.setenv("PYTHONPATH", str(package.parent))
    return tmp_path


def test_its_lines_are_switch_points_and_findings_name_them(project: Path) -> None:
    without = hunt(["python", "app.py"], project, "--seed", "1", "--schedules", "200", "--no-save")
    assert without["findings"] == [], told(without)
    assert any("threads run code of tills" in notice and "--also tills" in notice for notice in without["notices"])
    report = hunt(["python", "app.py"], project, "--seed", "1", "--schedules", "200", "--also", "tills.counting")
    (finding,) = report["findings"]
    assert (finding["code"], finding["sites"][0]["function"]) == ("ATOM001", "Till.take_in"), told(report)
    again = replay(".racetrap/findings/F1", project, "--json", "-")
    assert not any("--also" in notice for notice in report["notices"])
    assert any("(Till.take_in) " in line for line in finding["detail"]), finding["detail"]
    assert all(who.startswith(("thread ", "main thread")) and " stopped here, " in who for who in (a["by"] for a in finding["assumes"] if a["kind"] == "switch"))
    assert again.returncode == 1, again.stderr
    assert json.loads(again.stdout)["shown"] > 0


def test_a_package_that_is_not_there_is_named(project: Path) -> None:
    import subprocess

    done = subprocess.run([*RACETRAP, "hunt", "--also", "tils", "--", "python", "app.py"], cwd=project, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "--also tils: no such package" in done.stderr
