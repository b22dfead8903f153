"""Hunt: a workload under the controlled scheduler -> findings, each replayed.

`hunt` is the stage; `replay` runs one recorded schedule again.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from racetrap.case import Report
from racetrap.hunt.keep import Keeper
from racetrap.hunt.launch import JobDirectory
from racetrap.hunt.order import FAULTS, REPLAYS, SCHEDULES, SECONDS, UNLIMITED, Order
from racetrap.hunt.plan import Course
from racetrap.hunt.progress import Progress, Tally
from racetrap.hunt.replay import Replayed, replay
from racetrap.hunt.session import open_session

__all__ = ["FAULTS", "REPLAYS", "SCHEDULES", "SECONDS", "UNLIMITED", "Order", "Replayed", "hunt", "replay"]


def hunt(order: Order, *, save_to: Path | None, stream: TextIO, live: bool) -> Report:
    """Hunt in a workload.

    Args:
        save_to: the directory that gets `.racetrap/findings`; None: findings are not saved.
        stream: takes progress.
        live: whether `stream` is a terminal on which a line may be redrawn.

    Raises:
        Problem: the command or the environment does not allow it.
    """
    return asyncio.run(_hunt(order, save_to, stream, live))


async def _hunt(order: Order, save_to: Path | None, stream: TextIO, live: bool) -> Report:
    directory = JobDirectory()
    try:
        directory.write_job(
            order.workload,
            latency=order.latency,
            roles=order.roles,
            max_units=order.max_units,
            patience=max(5.0, min(15.0, order.wall, order.seconds)),
        )
        progress = Progress(Tally(), stream, seconds=order.seconds, schedules=order.schedules, live=live)
        keeper = Keeper(order.workload, save_to, progress.say)
        async with open_session(order.workload, directory) as session:
            course = Course(order, session, progress, keeper.keep)
            drawing = asyncio.create_task(progress.draw_until_cancelled())
            try:
                with _ending_on_signals(course.interrupt):
                    return await course.run()
            finally:
                drawing.cancel()
                await asyncio.wait({drawing})
    finally:
        directory.remove()


@contextmanager
def _ending_on_signals(end: Callable[[], None]) -> Iterator[None]:
    """Ctrl-C and a polite kill end the hunt with what was found."""
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)
    for number in signals:
        loop.add_signal_handler(number, end)
    try:
        yield
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
