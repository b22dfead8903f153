"""Rules that need the roles of a library, on a stand-in for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hunting import hunt, told

HERE = Path(__file__).parent / "libraries"
BUDGET = ("--seed", "1", "--schedules", "1000", "--seconds", "60", "--no-save")


def test_a_slot_that_nobody_uses_and_nobody_gets_is_found() -> None:
    report = hunt(["python", "slot_lost_in_cleanup.py"], HERE, *BUDGET, "--first")
    found = [f for f in report["findings"] if f["code"] == "POOL006"]
    assert found, told(report)
    assert found[0]["replayed"] == [10, 10]
    assert "AsyncConnectionPool.response_closed" in {site["function"] for site in found[0]["sites"]}


def test_a_pool_whose_cleanup_survives_cancellation_is_not_accused() -> None:
    report = hunt(["python", "slot_lost_in_cleanup.py", "careful"], HERE, *BUDGET)
    assert not report["findings"], told(report)
    assert report["exit"] == 0


def test_a_message_settled_before_its_work_is_found() -> None:
    report = hunt(["python", "settled_first.py", "first", "when_saved"], HERE, *BUDGET, "--first")
    found = [f for f in report["findings"] if f["code"] == "ACK004"]
    assert found, told(report)
    assert found[0]["replayed"] == [10, 10]
    assert found[0]["sites"][0]["function"] == "Receiver.callback"


def test_settling_after_the_work_is_not_accused() -> None:
    report = hunt(["python", "settled_first.py", "last", "when_saved"], HERE, *BUDGET)
    assert not report["findings"], told(report)


def test_settling_first_on_purpose_is_not_accused() -> None:
    report = hunt(["python", "settled_first.py", "first", "when_received"], HERE, *BUDGET)
    assert not report["findings"], told(report)


def test_a_settle_of_many_that_takes_another_consumers_message_is_found() -> None:
    report = hunt(["python", "many_at_once.py", "shared"], HERE, *BUDGET, "--first")
    found = [f for f in report["findings"] if f["code"] == "ACK005"]
    assert found, told(report)
    assert found[0]["replayed"] == [10, 10]
    assert {site["function"] for site in found[0]["sites"]} == {"put_back", "work"}


@pytest.mark.parametrize("way", ["single", "own"])
def test_settling_ones_own_messages_is_not_accused(way: str) -> None:
    report = hunt(["python", "many_at_once.py", way], HERE, *BUDGET)
    assert not report["findings"], told(report)


def test_a_connection_that_is_open_in_a_closed_pool_is_found() -> None:
    report = hunt(["python", "connected_after_close.py"], HERE, *BUDGET, "--first")
    found = [f for f in report["findings"] if f["code"] == "POOL008"]
    assert found, told(report)
    assert found[0]["replayed"] == [10, 10]
    assert found[0]["sites"][0]["function"] == "ConnectionPool.close"
    assert [site["function"] for site in found[0]["sites"] if site["role"] == "put into it"] == ["ConnectionPool._add_connection"]
    assert found[0]["stock"] == "confirmed"


def test_a_pool_that_looks_again_before_it_adds_is_not_accused() -> None:
    report = hunt(["python", "connected_after_close.py", "again"], HERE, *BUDGET)
    assert not report["findings"], told(report)


def test_a_pool_whose_idle_connections_stand_in_a_queue_is_closed_in_peace() -> None:
    report = hunt(["python", "idle_in_a_queue.py"], HERE, *BUDGET)
    assert (report["verdict"], report["findings"]) == ("holds-within-bounds", []), told(report)


def test_a_message_that_is_settled_after_it_was_put_back_is_found() -> None:
    report = hunt(["python", "put_back_and_settled.py", "reject"], HERE, *BUDGET, "--first")
    found = [f for f in report["findings"] if f["code"] == "ACK006"]
    assert found, told(report)
    assert found[0]["replayed"] == [10, 10]
    assert {site["function"] for site in found[0]["sites"]} == {"QoS.reject", "clerk"}
    assert {f["code"] for f in report["findings"]} == {"ACK006"}, told(report)


@pytest.mark.parametrize("way", ["give_back", "again", "expired"])
def test_putting_back_alone_and_settling_what_one_has_again_is_not_accused(way: str) -> None:
    report = hunt(["python", "put_back_and_settled.py", way], HERE, *BUDGET)
    assert not report["findings"], told(report)
