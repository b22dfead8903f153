"""What is wrong with a finding is said, with what to run next."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from explaining import ROOT, copied, explain
from hunting import hunt, told


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with one finding, not explained."""
    project = tmp_path_factory.mktemp("project")
    program = copied(ROOT / "tests/buggy/programs/two_locks.py", project)
    report = hunt(["python", program.name], project, "--seed", "1", "--schedules", "300")
    assert report["findings"], told(report)
    return project


@pytest.fixture
def project(found: Path, tmp_path: Path) -> Path:
    """A copy of it to spoil; the finding knows where it was made, so its paths are put right."""
    copy = tmp_path / "project"
    shutil.copytree(found, copy)
    file = copy / ".racetrap/findings/F1/finding.json"
    file.write_text(file.read_text().replace(str(found), str(copy)))
    return copy


def test_a_finding_is_explained_by_its_number_alone(project: Path) -> None:
    done = explain("F1", project)
    assert done.returncode == 1, done.stderr
    assert "WHAT HAS TO HAPPEN" in done.stdout
    kept = project / ".racetrap/findings/F1"
    assert {"explanation.json", "report.html", "repro.sh", "schedule.json", "minimal.json", "trace.json"} <= {p.name for p in kept.iterdir()}
    assert (kept.parent / "index.html").is_file()


@pytest.mark.parametrize("missing", ["schedule.json", "finding.json"])
def test_a_missing_file_is_named(project: Path, missing: str) -> None:
    (project / ".racetrap/findings/F1" / missing).unlink()
    done = explain(".racetrap/findings/F1", project)
    assert done.returncode == 2
    assert missing in done.stderr or "not a finding directory" in done.stderr
    assert "fix" in done.stderr
    assert "Traceback" not in done.stderr


def test_no_such_finding(project: Path) -> None:
    done = explain("F7", project)
    assert done.returncode == 2
    assert "F7" in done.stderr
    assert ".racetrap/findings/F1" in done.stderr


def test_changed_sources_are_said(project: Path) -> None:
    program = project / "two_locks.py"
    program.write_text(program.read_text() + "\n# a remark\n")
    done = explain("F1", project)
    assert "two_locks.py has changed since F1 was found" in done.stderr
    assert done.returncode == 1


def test_a_schedule_that_no_longer_fails_is_said_with_what_to_run(project: Path) -> None:
    program = project / "two_locks.py"
    program.write_text("import asyncio\n\n\nasync def main():\n    await asyncio.sleep(0.01)\n\n\nasyncio.run(main())\n")
    done = explain("F1", project)
    assert done.returncode == 2
    assert "does not show LOCK001 any more" in done.stderr
    assert "racetrap replay" in done.stderr
    assert "racetrap hunt" in done.stderr


def test_a_schedule_of_another_program_is_said(project: Path) -> None:
    file = project / ".racetrap/findings/F1/schedule.json"
    schedule = json.loads(file.read_text())
    schedule["decisions"].insert(0, [3, 10, "arrived: connection 1"])
    file.write_text(json.dumps(schedule))
    done = explain("F1", project)
    assert done.returncode == 2
    assert "does not show LOCK001 any more" in done.stderr
    assert "connection 1" in done.stderr
    assert "racetrap hunt" in done.stderr


def test_decisions_that_are_none_are_named(project: Path) -> None:
    file = project / ".racetrap/findings/F1/schedule.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "decisions": [["a", None, 3]]}))
    done = explain("F1", project)
    assert done.returncode == 2
    assert "decision 0" in done.stderr
    assert "racetrap hunt" in done.stderr


def test_hostile_text_of_a_finding_reaches_no_terminal_and_no_other_directory(project: Path) -> None:
    kept = project / ".racetrap/findings/F1"
    schedule = json.loads((kept / "schedule.json").read_text())
    finding = json.loads((kept / "finding.json").read_text())
    finding["finding"] |= {"id": "../../../evil\x1b[2J", "title": "<img src=x onerror=alert(1)>\x1b]0;x\x07\n::error::"}
    (kept / "finding.json").write_text(json.dumps(finding))
    done = explain(".racetrap/findings/F1", project)
    assert done.returncode == 1, done.stderr
    page = (kept / "report.html").read_text()
    assert "\x1b" not in done.stdout + done.stderr + page + (kept / "repro.sh").read_text()
    assert "<img" not in page
    assert not list(project.parent.rglob("*evil*"))
    (kept / "schedule.json").write_text(json.dumps({**schedule, "decisions": [[2, 7, "\x1b[31mswitch"]] * 3}))
    done = explain(".racetrap/findings/F1", project)
    assert done.returncode == 2
    assert "\x1b" not in done.stderr
    assert "racetrap hunt" in done.stderr


def test_a_directory_that_cannot_be_written_does_not_lose_the_explanation(project: Path) -> None:
    done = explain("F1", project, "--no-save", "--format", "json=-")
    assert json.loads(done.stdout)["finding"]["proof_state"] == "explained"
    assert not (project / ".racetrap/findings/F1/explanation.json").exists()


def test_hunt_explains_at_its_end(found: Path, tmp_path: Path) -> None:
    program = copied(ROOT / "tests/buggy/programs/two_locks.py", tmp_path)
    page = tmp_path / "out.html"
    report = hunt(["python", program.name], tmp_path, "--seed", "1", "--schedules", "300", "--explain", "--format", f"html={page}")
    assert report["findings"]
    assert "LOCK001" in page.read_text()
    assert (tmp_path / ".racetrap/findings/F1/explanation.json").is_file()
