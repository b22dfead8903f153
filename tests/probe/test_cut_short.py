"""Which calls count as cut short: those a cancellation reached, not those that are made while one is dealt with."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable

from racetrap_probe.leases import _was_cut_short


def judged(call: Callable[[], None]) -> bool:
    """What is said of a call that raises, entered as a hook enters it."""
    before = sys.exception()
    try:
        call()
    except BaseException as error:  # noqa: BLE001 - whatever the call raises is what is judged
        return _was_cut_short(error, before)
    raise AssertionError("the call did not raise")


def cancelled() -> None:
    raise asyncio.CancelledError


def refused() -> None:
    raise ValueError("an answer that is an error")


def gives_up() -> None:
    try:
        cancelled()
    except asyncio.CancelledError as error:
        raise TimeoutError from error


def test_a_cancelled_call_is_cut_short() -> None:
    assert judged(cancelled)


def test_a_call_that_turns_its_cancellation_into_another_error_is_cut_short() -> None:
    assert judged(gives_up)


def test_an_error_is_an_answer() -> None:
    assert not judged(refused)


def test_an_error_met_while_a_cancellation_is_dealt_with_is_an_answer() -> None:
    try:
        cancelled()
    except asyncio.CancelledError:
        assert not judged(refused)


def test_a_second_cancellation_while_the_first_is_dealt_with_cuts_short() -> None:
    try:
        cancelled()
    except asyncio.CancelledError:
        assert judged(cancelled)
