"""The run that is watched to learn the roles of the user's classes."""

from __future__ import annotations

import os
from typing import Any

from racetrap_probe.learn import learn


def test_a_watched_run_that_dies_is_said() -> None:
    def dies(book: Any, report: Any) -> None:
        os._exit(1)

    roles = learn({}, dies)
    assert roles is not None
    assert "ended before its end was seen" in roles.notices[0]


def test_a_watched_run_that_ends_needs_no_words() -> None:
    def ends(book: Any, report: Any) -> None:
        report()
        os._exit(0)

    roles = learn({}, ends)
    assert roles is not None
    assert not roles.notices
