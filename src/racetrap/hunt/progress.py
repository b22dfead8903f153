"""How a hunt is doing, on stderr: a live line on a terminal, a line every ten seconds elsewhere."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TextIO

from racetrap.hunt.order import UNLIMITED

LIVE_EVERY = 0.2
PLAIN_EVERY = 10.0


@dataclass
class Tally:
    """What the hunt counts as it goes."""

    phase: str = "starting"
    units: int = 0
    finished_runs: int = 0
    running: dict[int, int] = field(default_factory=dict)
    """Runs so far of each search that is under way."""
    modes: set[str] = field(default_factory=set)
    found: int = 0
    confirmed: int = 0

    @property
    def runs(self) -> int:
        return self.finished_runs + sum(self.running.values())


class Progress:
    """Draws a `Tally`.

    Args:
        stream: where to (stderr).
        seconds: the search's time budget, for "of 30 s".
        live: redraw one line; else print a line every `PLAIN_EVERY` seconds.
    """

    def __init__(self, tally: Tally, stream: TextIO, *, seconds: float, schedules: int, live: bool) -> None:
        self.tally = tally
        self._stream = stream
        self._seconds = seconds
        self._schedules = schedules
        self._live = live
        self._began: float | None = None
        self._drawn = False

    def search_begins(self) -> None:
        self._began = time.monotonic()
        self.tally.phase = "searching"

    def search_paused(self, seconds: float) -> None:
        """So long it was not the search that ran."""
        assert self._began is not None
        self._began += seconds

    def say(self, text: str) -> None:
        """One line for good, above the live one."""
        self._wipe()
        self._stream.write(f"racetrap: {text}\n")
        self._stream.flush()

    async def draw_until_cancelled(self) -> None:
        try:
            while True:
                await asyncio.sleep(LIVE_EVERY if self._live else PLAIN_EVERY)
                if self._live:
                    self._stream.write("\r\x1b[2K" + self.line()[:118])
                    self._drawn = True
                else:
                    self._stream.write(f"racetrap: {self.line()}\n")
                self._stream.flush()
        finally:
            self._wipe()

    def line(self) -> str:
        """The state in one line."""
        tally = self.tally
        if self._began is None:
            return f"{tally.phase}, {tally.units} {'unit' if tally.units == 1 else 'units'}"
        elapsed = time.monotonic() - self._began
        rate = tally.runs / elapsed if elapsed > 0 else 0.0
        parts = [
            f"{tally.phase} {elapsed:.0f}{_of(self._seconds)} s",
            f"{tally.runs:,}{_of(self._schedules)} schedules ({rate:,.0f}/s)",
            f"{tally.confirmed} replayed of {tally.found} found",
        ]
        if tally.modes:
            parts.append(" + ".join(sorted(tally.modes)))
        return " · ".join(parts)

    def _wipe(self) -> None:
        if self._drawn:
            self._stream.write("\r\x1b[2K")
            self._stream.flush()
            self._drawn = False


def _of(budget: float) -> str:
    return f" of {budget:,.10g}" if budget < UNLIMITED else ""
