"""Does a function take an error that is raised in it?  Read from its byte code."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable

import pytest

from racetrap_probe import flow


def asked() -> bool:
    return flow.is_handled(sys._getframe(1))


def plain() -> bool:
    return asked()


def takes_one_kind() -> bool:
    try:
        return asked()
    except ValueError:
        return False


def takes_everything() -> bool:
    try:
        return asked()
    except:  # noqa: E722
        return False


def suppresses() -> bool:
    with contextlib.suppress(KeyError):
        return asked()
    return False


def takes_two_kinds() -> bool:
    try:
        return asked()
    except (TimeoutError, KeyError):
        return False


def suppressed_before() -> bool:
    with contextlib.suppress(KeyError):
        pass
    return asked()


def takes_deadlines_only() -> bool:
    try:
        return asked()
    except TimeoutError:
        return False


def cleans_up() -> bool:
    try:
        return asked()
    finally:
        print(end="")


def raises_on() -> bool:
    try:
        return asked()
    except Exception:
        raise


def within_another_context() -> bool:
    with contextlib.nullcontext():
        return asked()


# Only the functions themselves count: pytest's own handlers are not the user's code.
@pytest.mark.parametrize("function", [takes_one_kind, takes_everything, suppresses, takes_two_kinds])
def test_a_function_that_takes_errors_is_seen(function: Callable[[], bool]) -> None:
    assert function()


@pytest.mark.parametrize(
    "function", [plain, suppressed_before, takes_deadlines_only, cleans_up, raises_on, within_another_context]
)
def test_a_function_that_lets_errors_pass_is_seen(function: Callable[[], bool]) -> None:
    assert not function()
