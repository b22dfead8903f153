"""A probe that dies, falls silent or talks nonsense: the app ends in time and says what it saw."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path

import pytest
from conftest import FAKE

from racetrap.errors import Problem
from racetrap.hunt import gather


@pytest.fixture(autouse=True)
def quick(short_grace: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gather, "GRACE", 0.3)


def test_a_process_that_dies_after_hello_is_a_failed_workload(hunt_fake):
    report = hunt_fake("DiesAfterHello")
    assert report.verdict == "workload-failed"
    assert "signal 9" in report.failures[0].what
    assert "Segmentation fault" in report.failures[0].text


def test_a_process_that_ends_without_a_unit_has_nothing_to_hunt_in(hunt_fake):
    with pytest.raises(Problem) as caught:
        hunt_fake("EndsWithoutUnit")
    assert "nothing to hunt in" in caught.value.what
    assert "| nothing to do" in caught.value.seen


def test_a_refused_job_says_why(hunt_fake):
    with pytest.raises(Problem) as caught:
        hunt_fake("Refuses")
    assert caught.value.seen == "the job file is of format 7"


def test_a_silent_start_ends(hunt_fake):
    with pytest.raises(Problem) as caught:
        hunt_fake("SilentAfterHello", startup=1.0)
    assert "does not get to an event loop" in caught.value.what


def test_a_run_that_is_never_answered_ends(hunt_fake):
    report = hunt_fake("SilentInRun")
    assert report.verdict == "workload-failed"
    assert "no answer to 'run'" in report.failures[0].what


def test_a_search_that_is_never_answered_ends(hunt_fake):
    report = hunt_fake("SilentInSearch", seconds=0.2)
    assert report.verdict == "inconclusive"
    assert "no answer to 'search'" in report.uncontrolled[0].what


def test_a_unit_that_dies_in_a_search_leaves_an_inconclusive_report(hunt_fake):
    report = hunt_fake("DiesInSearch")
    assert report.verdict == "inconclusive"
    assert "its process ended" in report.uncontrolled[0].what


@pytest.mark.parametrize("mode", ["GarbageInSearch", "HalfALine"])
def test_what_is_no_message_ends_the_search_not_the_app(hunt_fake, mode: str):
    report = hunt_fake(mode)
    assert report.verdict == "inconclusive"
    assert "\x1b" not in report.uncontrolled[0].what


def test_garbage_instead_of_a_hello_ends(hunt_fake):
    with pytest.raises(Problem):
        hunt_fake("GarbageAtFirst", startup=1.0)


def test_a_worker_that_crashes_again_and_again_ends_the_search_of_its_unit(hunt_fake):
    report = hunt_fake("CrashesNowhere")
    assert report.verdict == "inconclusive"
    assert "MemoryError" in report.uncontrolled[0].what


def test_fewer_units_than_announced_are_noticed(hunt_fake):
    report = hunt_fake("AnnouncedMore")
    assert report.verdict == "inconclusive"
    assert "handing over stopped after 1 units" in report.uncontrolled[0].what


def test_output_without_end_does_not_stop_the_hunt(hunt_fake):
    assert hunt_fake("PrintsForEver").verdict == "holds-within-bounds"


def test_everything_started_is_ended(hunt_fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    pids = tmp_path / "pids"
    monkeypatch.setenv("FAKE_PIDS", str(pids))
    hunt_fake("IgnoresQuit")
    for pid in map(int, pids.read_text().split()):
        assert not _is_running(pid)


def test_no_job_directory_is_left(hunt_fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    temporary = tmp_path / "t"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    hunt_fake("Quiet")
    with pytest.raises(Problem):
        hunt_fake("EndsWithoutUnit")
    assert list(temporary.iterdir()) == []


def test_ctrl_c_ends_with_what_was_found(tmp_path: Path):
    program = (
        "import sys; from pathlib import Path; from racetrap.case import Workload; from racetrap.hunt import Order, hunt\n"
        "w = Workload(command=[sys.executable, '-E', sys.argv[1], 'NeverEndsSearch'], given=['x'], cwd='.', root='.')\n"
        "r = hunt(Order(workload=w, seed=1, jobs=1), save_to=None, stream=sys.stderr, live=False)\n"
        "print(r.verdict, r.bounds.ended, len(r.findings), r.schedules)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(FAKE)],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert "F1 POOL001" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=20)
    assert out.split() == ["violated", "interrupted", "1", "5"]


def test_progress_is_a_line_now_and_then_off_a_terminal(hunt_fake, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("racetrap.hunt.progress.PLAIN_EVERY", 0.05)
    stream = StringIO()
    hunt_fake("SilentInSearch", stream=stream, seconds=0.2)
    assert "\r" not in stream.getvalue()
    assert "searching 0 of 0.2 s · 0 of 10 schedules" in stream.getvalue()


def _is_running(pid: int) -> bool:
    """Whether the process still does anything (a zombie waiting for its parent does not)."""
    end = time.monotonic() + 5
    while time.monotonic() < end:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return False
        if state == "Z":
            return False
        os.sched_yield()
    return True
