"""The course of a hunt, with a probe that keeps the contract."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from racetrap.case import Schedule, Violation
from racetrap.hunt.verify import Candidate, Confirmed, is_doubtful
from racetrap.report.paint import Paint
from racetrap.report.text import render
from racetrap.store import load


def test_nothing_found_holds_within_bounds(hunt_fake):
    report = hunt_fake("Quiet")
    assert report.verdict == "holds-within-bounds"
    assert report.exit_code == 0
    assert report.schedules == 10
    assert report.bounds.schedules_per_unit == {"tests/test_x.py::test_y": 10}
    assert report.notices == ["timeouts are off"]


def test_a_violation_becomes_a_finding_replayed_ten_times(hunt_fake):
    report = hunt_fake("OneFinding")
    assert report.verdict == "violated"
    assert report.exit_code == 1
    (finding,) = report.findings
    assert (finding.code, finding.replayed, finding.stock) == ("POOL001", (10, 10), "not-tried")


def test_the_search_goes_on_after_a_finding(hunt_fake):
    report = hunt_fake("TwoFindingsAndANote")
    assert [finding.code for finding in report.findings] == ["POOL001", "ACK001"]
    assert report.schedules == 10


def test_first_ends_the_search_at_the_first_finding(hunt_fake):
    report = hunt_fake("TwoFindingsAndANote", first=True, jobs=1)
    assert report.verdict == "violated"
    assert report.bounds.ended == "first"
    assert "--first" in render(report, Paint(False))


@pytest.mark.parametrize(
    ("counts", "ended", "said"),
    [
        ([99], "seconds", "fewer than 100 schedules show little"),
        ([100], "seconds", ""),
        ([99], "schedules", ""),  # as many as were asked for
        ([5000, 20, 30], "seconds", "fewer than 100 schedules (2 of 3 units had no more) show little"),
    ],
)
def test_nothing_found_in_few_schedules_is_said_to_show_little(hunt_fake, counts, ended, said):
    report = hunt_fake("Quiet")
    units = {f"test_{n}": count for n, count in enumerate(counts)}
    bounds = msgspec.structs.replace(report.bounds, schedules_per_unit=units, mode=dict.fromkeys(units, "in-process"), ended=ended)
    text = render(msgspec.structs.replace(report, bounds=bounds), Paint(False))
    assert said in text if said else "show little" not in text


def test_what_is_not_certain_is_a_note(hunt_fake):
    report = hunt_fake("TwoFindingsAndANote")
    assert [note.code for note in report.notes] == ["POOL005"]


def test_a_finding_that_replays_half_the_time_says_so(hunt_fake):
    (finding,) = hunt_fake("ReplaysSometimes").findings
    assert finding.replayed == (5, 10)


def test_what_most_replays_do_not_show_is_a_doubt(hunt_fake):
    report = hunt_fake("ReplaysSeldom")
    assert (report.verdict, report.findings) == ("inconclusive", [])
    assert "was seen once and in 2 of 10 replays" in report.uncontrolled[0].what


@pytest.mark.parametrize(
    ("code", "shown", "on_stock", "doubtful"),
    [
        ("USER002", 9, (0, 20), True),
        ("USER002", 9, (1, 20), False),
        ("USER002", 9, (0, 0), False),
        ("USER002", 10, (0, 20), False),
        ("POOL001", 9, (0, 20), False),
        ("POOL001", 4, (0, 20), True),
        ("POOL001", 4, (3, 3), False),
    ],
)
def test_what_not_every_replay_shows_needs_the_stock_runtime(code, shown, on_stock, doubtful):
    violation = Violation(code=code, title="", key=code)
    candidate = Candidate(None, violation, None, 0, in_process=False)
    assert is_doubtful(Confirmed(candidate, None, shown, 10, None, on_stock)) is doubtful


def test_what_never_replays_is_no_finding_but_a_note(hunt_fake):
    report = hunt_fake("NeverReplays")
    assert report.findings == []
    assert "0 of 10 replays" in report.notes[0].text


def test_what_never_replays_though_met_in_a_fork_is_inconclusive(hunt_fake):
    report = hunt_fake("NeverReplays", fork=True)
    assert report.verdict == "inconclusive"
    assert "something outside the schedule decides it" in report.uncontrolled[0].what


def test_a_failure_that_needs_a_late_sleep0_is_not_counted(hunt_fake):
    report = hunt_fake("Sleep0Only")
    assert report.exit_code == 0
    assert report.findings == []
    assert [finding.code for finding in report.depends_on_sleep0] == ["USER001"]


def test_a_failure_that_also_comes_with_sleep0_in_its_place_is_counted(hunt_fake):
    report = hunt_fake("Sleep0NotNeeded")
    assert [finding.code for finding in report.findings] == ["USER001"]
    assert report.depends_on_sleep0 == []


def test_anything_uncontrolled_is_inconclusive(hunt_fake):
    report = hunt_fake("Uncontrolled")
    assert report.verdict == "inconclusive"
    assert report.exit_code == 3
    assert [(item.what, item.site) for item in report.uncontrolled] == [("a thread", "app.py:9")]


def test_two_default_runs_that_differ_are_inconclusive(hunt_fake):
    report = hunt_fake("Unsteady")
    assert report.verdict == "inconclusive"
    assert "not the same" in report.uncontrolled[0].what


def test_a_workload_that_fails_by_itself_is_reported_once_and_not_searched(hunt_fake):
    report = hunt_fake("FailsByItself")
    assert report.verdict == "workload-failed"
    assert report.exit_code == 2
    assert report.schedules == 0
    assert [failure.what for failure in report.failures] == ["ValueError: no such queue"]
    assert report.findings == []


def test_a_rule_broken_although_nothing_is_late_is_a_finding_also_when_the_run_hangs(hunt_fake):
    report = hunt_fake("LeaksAndHangs")
    assert report.verdict == "violated"
    assert [finding.code for finding in report.findings] == ["POOL004"]
    assert [failure.what.partition(":")[0] for failure in report.failures] == ["waits for ever"]


def test_a_unit_in_which_nothing_is_open_is_run_once(hunt_fake):
    report = hunt_fake("NoChoice")
    assert report.verdict == "holds-within-bounds"
    assert (report.schedules, report.bounds.without_choices) == (1, 1)


def test_a_crashed_schedule_is_run_again_in_a_fork_and_the_search_goes_on(hunt_fake):
    report = hunt_fake("CrashesOnce")
    assert [finding.code for finding in report.findings] == ["USER001"]
    assert report.schedules == 10


def test_a_finding_is_on_disk_with_what_replays_it(hunt_fake, tmp_path: Path):
    (finding,) = hunt_fake("OneFinding").findings
    directory = tmp_path / ".racetrap/findings/F1"
    saved, schedule = load(directory)
    assert saved.finding == finding
    assert schedule.decisions == [[2, 1, "next: task 2"]]
    assert msgspec.json.decode(Path(finding.schedule).read_bytes(), type=Schedule) == schedule
    (event,) = (directory / "events.jsonl").read_text().splitlines()
    assert json.loads(event)[2] == "acquire"


def test_the_same_cause_updates_its_directory_and_another_workload_takes_the_next(hunt_fake, tmp_path: Path):
    assert [hunt_fake("OneFinding").findings[0].id for _ in range(2)] == ["F1", "F1"]
    assert hunt_fake("ReplaysSometimes").findings[0].id == "F2"
    assert load(tmp_path / ".racetrap/findings/F1")[0].workload.given == ["pytest", "OneFinding"]


def test_a_place_that_cannot_be_written_loses_nothing(hunt_fake, tmp_path: Path, monkeypatch):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(elsewhere))
    (tmp_path / ".racetrap").write_text("in the way")
    (finding,) = hunt_fake("OneFinding").findings
    assert Path(finding.schedule).is_relative_to(elsewhere)
    assert load(Path(finding.schedule).parent)[0].finding == finding


def test_without_saving_nothing_is_written(hunt_fake, tmp_path: Path):
    (finding,) = hunt_fake("OneFinding", save_to=None).findings
    assert (finding.id, finding.schedule) == ("F1", "")
    assert not (tmp_path / ".racetrap").exists()


def test_several_jobs_share_the_schedules(hunt_fake):
    assert hunt_fake("Quiet", jobs=3, schedules=11).schedules == 11
