"""The flagship explained: few orders, the chain in the right order, the right roots."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from explaining import explanations, orders
from variants import build

pytestmark = pytest.mark.xdist_group("the flagship explained once")
RACE = {"ACK001", "POOL001"}
PROCESSOR = "notifications/processor.py"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("buggy", tmp_path_factory.mktemp("flagship"))


@pytest.fixture(scope="module")
def race(service: Path) -> dict[str, Any]:
    return explanations(["pytest", "tests/test_consumer.py::test_consumes"], service, schedules=400, codes=RACE)[0]


@pytest.fixture(scope="module")
def leak(service: Path) -> dict[str, Any]:
    test = "tests/test_consumer.py::test_a_rejected_message_does_not_stop_the_others"
    return explanations(["pytest", test], service, schedules=100, codes={"POOL005"})[0]


def line_of(service: Path, text: str) -> int:
    return next(n for n, line in enumerate((service / PROCESSOR).read_text().splitlines(), start=1) if text in line)


def test_the_race_needs_at_most_three_orders(race: dict[str, Any]) -> None:
    assert 1 <= len(race["orderings"]) <= 3, orders(race)
    assert race["complete"]


def test_reversing_an_order_of_the_race_cures_it_or_makes_it_rarer(race: dict[str, Any]) -> None:
    for ordering in race["orderings"]:
        assert ordering["reversed"]["of"] >= 4
        with_it = ordering["with_it"]["shown"] / ordering["with_it"]["of"]
        assert ordering["reversed"]["shown"] / ordering["reversed"]["of"] <= with_it / 2


def test_the_chain_of_the_race_goes_from_acquire_to_settle(race: dict[str, Any], service: Path) -> None:
    kinds = [race["events"][n]["kind"] for link in race["chain"] for n in link["events"]]
    assert [k for k in kinds if k in ("acquire", "release", "call", "return")] == ["acquire", "release", "call", "acquire", "return"]
    lines = [link["site"]["line"] for link in race["chain"] if link["site"] and link["site"]["path"] == PROCESSOR]
    acquire = line_of(service, "await self._pool.acquire()")
    release = line_of(service, "            await self._pool.release(connection)\n".rstrip())
    assert lines[0] == acquire
    assert lines[-1] == acquire
    assert lines[1] == race["root"]["site"]["line"] >= release
    assert race["chain"][-1]["text"].startswith(race["finding"]["code"])


def test_the_root_of_the_race_is_the_line_that_returns_the_connection(race: dict[str, Any], service: Path) -> None:
    site = race["root"]["site"]
    source = (service / PROCESSOR).read_text().splitlines()
    assert site["path"] == PROCESSOR
    assert source[site["line"] - 1].strip() == "await self._pool.release(connection)"
    assert source[site["line"]].strip() == "await message.ack()"


def test_the_settle_of_the_race_began_before_it_took_effect(race: dict[str, Any]) -> None:
    last = race["timeline"][-1]
    assert "takes effect" in last["what"]
    assert last["began"].startswith("began at T")


def test_the_minimised_run_replays(race: dict[str, Any]) -> None:
    assert race["replays"] == {"shown": 10, "of": 10}


def test_the_likelihood_of_the_race_rises_to_certainty(race: dict[str, Any]) -> None:
    points = race["curve"]["points"]
    assert points[-1]["shown"] == points[-1]["of"]
    assert points[0]["shown"] < points[0]["of"]
    assert race["curve"]["jump"] is not None
    assert all(0 <= p["low"] <= p["shown"] / p["of"] <= p["high"] <= 1 for p in points)


def test_the_leak_needs_nothing_late_and_its_root_is_the_error_path(leak: dict[str, Any], service: Path) -> None:
    assert leak["orderings"] == []
    source = (service / PROCESSOR).read_text().splitlines()
    site, raised = leak["root"]["site"], leak["root"]["raised"]
    assert site["path"] == PROCESSOR
    assert source[site["line"] - 1].strip() == "raise"
    assert "no recipient" in (service / raised["path"]).read_text().splitlines()[raised["line"] - 1]


def test_the_root_of_the_published_fix_is_its_release_on_the_error_path(tmp_path: Path) -> None:
    service = build("published fix", tmp_path)
    made = explanations(["pytest", "tests/test_consumer.py"], service, seed=4, schedules=600, codes=RACE)[0]
    source = (service / PROCESSOR).read_text().splitlines()
    line = made["root"]["site"]["line"]
    assert "release" in source[line - 1]
    assert "nack" in source[line], source[line - 3 : line + 2]


@pytest.mark.slow
def test_hunts_of_other_seeds_end_in_the_same_orders(tmp_path: Path) -> None:
    service = build("buggy", tmp_path)
    seen = {
        tuple(orders(explanations(["pytest", "tests/test_consumer.py::test_consumes"], service, seed=seed, schedules=300, codes=RACE)[0]))
        for seed in (2, 3)
    }
    assert len(seen) == 1, seen
