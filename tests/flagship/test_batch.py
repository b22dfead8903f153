"""The flagship's batch sender, which is made of threads: both bugs, the twin silent, the published fix caught on its error path."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hunting import hunt, replay, told
from variants import build

TESTS = "tests/test_batch.py"

AS_IT_IS = '''        link = self._pool.acquire()
        delivery = link.receive()
        if delivery is None:
            self._pool.release(link)
            return False
        try:
            self._handler(delivery.body)
            self._count(processed=1)
            self._pool.release(link)
            delivery.ack()
            self._count(acknowledged=1)
        except Exception:
            self._count(failed=1)
            delivery.nack()
            raise
        return True
'''

FIXED = '''        link = self._pool.acquire()
        try:
            delivery = link.receive()
            if delivery is None:
                return False
            try:
                self._handler(delivery.body)
                self._count(processed=1)
                delivery.ack()
                self._count(acknowledged=1)
            except Exception:
                self._count(failed=1)
                delivery.nack()
                raise
        finally:
            self._pool.release(link)
        return True
'''

PUBLISHED_FIX = '''        link = self._pool.acquire()
        delivery = link.receive()
        if delivery is None:
            self._pool.release(link)
            return False
        try:
            self._handler(delivery.body)
            self._count(processed=1)
            delivery.ack()
            self._count(acknowledged=1)
            self._pool.release(link)
        except Exception:
            self._count(failed=1)
            self._pool.release(link)
            delivery.nack()
            raise
        return True
'''

VARIANTS = {"buggy": AS_IT_IS, "fixed": FIXED, "published fix": PUBLISHED_FIX}


@pytest.fixture
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    target = build("buggy", tmp_path)
    sender = target / "notifications" / "batch" / "sender.py"
    text = sender.read_text()
    assert AS_IT_IS in text
    sender.write_text(text.replace(AS_IT_IS, VARIANTS[request.param]))
    return target


def line_of(service: Path, finding: dict, role: str) -> str:
    site = next(s for s in finding["sites"] if s["role"].startswith(role))
    return (service / "notifications" / "batch" / "sender.py").read_text().splitlines()[site["line"] - 1].strip()


@pytest.mark.parametrize("service", list(VARIANTS), indirect=True)
def test_every_variant_passes_its_own_tests(service: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"], cwd=service, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("service", ["buggy"], indirect=True)
def test_both_bugs_are_found_as_two_findings_that_replay(service: Path) -> None:
    report = hunt(["pytest", TESTS], service, "--seed", "1", "--schedules", "600", "--seconds", "60")
    assert sorted(f["code"] for f in report["findings"]) == ["ACK001", "POOL005"], told(report)
    assert all(f["replayed"] == [10, 10] for f in report["findings"])
    race = next(f for f in report["findings"] if f["code"] == "ACK001")
    assert line_of(service, race, "returned to the pool") == "self._pool.release(link)"
    assert line_of(service, race, "settled afterwards") == "delivery.ack()"
    leak = next(f for f in report["findings"] if f["code"] == "POOL005")
    assert line_of(service, leak, "acquired") == "link = self._pool.acquire()"
    for finding in report["findings"]:
        assert "10/10" in replay(f".racetrap/findings/{finding['id']}", service).stdout


@pytest.mark.parametrize("service", ["published fix"], indirect=True)
def test_the_published_fix_is_caught_on_its_error_path(service: Path) -> None:
    report = hunt(["pytest", TESTS], service, "--seed", "2", "--schedules", "600", "--seconds", "60")
    assert [f["code"] for f in report["findings"]] == ["ACK001"], told(report)
    assert line_of(service, report["findings"][0], "settled afterwards") == "delivery.nack()"


@pytest.mark.parametrize("service", ["fixed"], indirect=True)
def test_the_fixed_twin_is_not_accused(service: Path) -> None:
    report = hunt(["pytest", TESTS], service, "--seed", "3", "--schedules", "700", "--seconds", "400", timeout=500)
    assert not report["findings"], told(report)
    assert report["verdict"] == "holds-within-bounds", told(report)
    assert report["schedules"] >= 690
