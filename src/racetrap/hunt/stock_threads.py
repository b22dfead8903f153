"""A finding of threads on real threads: which of its choices it needs, then free runs delayed at those places only.

The found schedule is full of switches that do not matter.  They are left out, in halves, quarters and so on (Zeller and Hildebrandt,
"Simplifying and isolating failure-inducing input", 2002), as long as the run still shows the cause.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

Choices = list[Any]


async def reduce(choices: Choices, shows: Callable[[Choices], Awaitable[bool]], go_on: Callable[[], bool]) -> Choices | None:
    """Fewer choices that still show it; None if all of them together do not.

    Args:
        shows: does the run that takes these choices, and otherwise the default, show the cause?
        go_on: is there time for another run?
    """
    if not await shows(choices):
        return None
    left, size = list(choices), max(1, len(choices) // 2)
    while left and go_on():
        at, fewer = 0, False
        while at < len(left) and go_on():
            without = left[:at] + left[at + size :]
            if await shows(without):
                left, fewer = without, True
            else:
                at += size
        if size == 1 and not fewer:
            break
        size = max(1, size // 2)
    return left
