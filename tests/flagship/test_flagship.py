"""The flagship's ordinary tests, hunted: both bugs, the twin silent, the variants found."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hunting import hunt, replay, told
from variants import FILES, build

RACE = {"ACK001", "POOL001"}
LEAK = "POOL005"
FIXED = [name for name in FILES if name.startswith("fixed")]
RACY = [name for name in FILES if name not in FIXED]
LEAKY = ["buggy", "renamed", "queue pool", "workers start themselves"]


@pytest.fixture
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return build(request.param, tmp_path)


@pytest.mark.parametrize("service", list(FILES), indirect=True)
def test_every_variant_passes_its_own_tests(service: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"], cwd=service, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("service", RACY, indirect=True)
def test_the_race_and_the_leak_are_found_and_replay(service: Path, request: pytest.FixtureRequest) -> None:
    report = hunt(["pytest", "tests/test_consumer.py"], service, "--seed", "1", "--schedules", "400", "--seconds", "120")
    races = [f for f in report["findings"] if f["code"] in RACE]
    leaks = [f for f in report["findings"] if f["code"] == LEAK]
    assert races, told(report)
    assert leaks or request.node.callspec.params["service"] not in LEAKY, told(report)
    assert all(f["replayed"] == [10, 10] for f in races + leaks), [(f["code"], f["replayed"]) for f in races + leaks]
    assert report["exit"] == 1


@pytest.mark.parametrize("service", FIXED, indirect=True)
def test_the_fixed_twin_is_not_accused(service: Path) -> None:
    report = hunt(["pytest", "tests/test_consumer.py"], service, "--seed", "3", "--schedules", "1500", "--seconds", "120")
    assert not report["findings"], told(report)
    assert report["verdict"] == "holds-within-bounds", told(report)
    assert report["schedules"] >= 1_490
    assert report["exit"] == 0


@pytest.mark.parametrize("service", ["published fix"], indirect=True)
def test_the_published_fix_is_caught_on_its_error_path(service: Path) -> None:
    report = hunt(["pytest", "tests/test_consumer.py"], service, "--seed", "4", "--schedules", "600", "--seconds", "120")
    race = next(f for f in report["findings"] if f["code"] in RACE)
    source = (service / "notifications" / "processor.py").read_text().splitlines()
    used = next(s for s in race["sites"] if "afterwards" in s["role"])
    assert "nack" in source[used["line"] - 1], told(report)


@pytest.mark.parametrize("service", ["buggy"], indirect=True)
def test_the_sites_are_the_lines_that_return_and_that_settle_and_what_is_saved_replays(service: Path) -> None:
    report = hunt(["pytest", "tests/test_consumer.py"], service, "--seed", "5", "--schedules", "200")
    race = next(f for f in report["findings"] if f["code"] in RACE)
    source = (service / "notifications" / "processor.py").read_text().splitlines()
    lines = {s["role"].split(" (")[0]: source[s["line"] - 1].strip() for s in race["sites"]}
    assert lines["returned to the pool"] == "await self._pool.release(connection)"
    assert lines["settled afterwards"] == "await message.ack()"
    for finding in report["findings"]:
        done = replay(f".racetrap/findings/{finding['id']}", service)
        assert "10/10" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize("service", ["buggy"], indirect=True)
def test_the_script_is_found_as_well(service: Path) -> None:
    report = hunt(["python", "app.py", "--messages", "20"], service, "--seed", "7", "--schedules", "700", "--first")
    assert any(f["code"] in RACE for f in report["findings"]), told(report)
