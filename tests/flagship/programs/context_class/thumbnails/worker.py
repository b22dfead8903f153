"""Makes the thumbnails."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from .sessions import Sessions

Shrink = Callable[[str], Awaitable[None]]


@dataclass
class Report:
    made: int = 0
    broken: int = 0


async def make_thumbnails(sessions: Sessions, shrink: Shrink, *, workers: int) -> Report:
    """Shrink every upload there is -> how many were made."""
    report = Report()
    await asyncio.gather(*(_work(sessions, shrink, report) for _ in range(workers)))
    return report


async def _work(sessions: Sessions, shrink: Shrink, report: Report) -> None:
    while True:
        async with sessions.session() as stream:
            reserved = await stream.reserve()
            if reserved is None:
                return
            number, name = reserved
            try:
                await shrink(name)
            except OSError:
                report.broken += 1
                await stream.reject(number)
                continue
            report.made += 1
        await stream.confirm(number)
