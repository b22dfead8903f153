"""How much may be run for an explanation."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from racetrap.explain.lab import Lab
from racetrap.hunt.messages import Tried

IN_PROCESS = 10.0
"""Seconds an explanation takes in process, about."""
IN_FORKS = 60.0
"""Seconds where every run is a fork, with a real server perhaps."""
CHEAP = 0.02
"""Processor seconds of a run in process; of what costs more fewer are made."""
FEWEST = 2
"""Runs of anything that is counted, where they take seconds each."""
PATIENCE = 6.0
"""So many times the seconds may pass in process before anything is cut short: other programs may have the processor."""


class Budget:
    """Counts runs where runs are cheap, time where they are not.

    In process a limit is a number of runs, so that a busy machine ends where an idle one does, or the processor time where runs are dear; of what comes
    in rounds fewer are made then, in steps of two.  In forks, and where a real server has a part in it, a limit is a share of the seconds.

    Args:
        seconds: None for the usual ones.
    """

    def __init__(self, lab: Lab, seconds: float | None) -> None:
        self.lab = lab
        self._given = seconds
        self._began = time.monotonic()
        self._cost = 0.0
        self._scale = 1.0
        self._outside = False

    @property
    def counts_runs(self) -> bool:
        return self.lab.mode == "in-process" and not self._outside

    @property
    def is_outside(self) -> bool:
        """Do runs wait for something real?"""
        return self._outside

    @property
    def seconds(self) -> float:
        return self._given or (IN_PROCESS if self.counts_runs else IN_FORKS)

    @property
    def spent(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self._began

    def begin(self, outside: bool = False) -> None:
        """The time begins here.  outside: runs wait for a real server."""
        self._outside = outside
        self._began = time.monotonic()

    def learn(self, tried: Sequence[Tried], seconds: float) -> None:
        """What the first runs cost: that many, made in so many seconds."""
        self._cost = seconds / len(tried)
        cost = sum(t.cpu for t in tried) / len(tried)
        self._scale = 1.0
        while cost * self._scale > CHEAP * self.seconds / IN_PROCESS and self._scale > 1 / 64:
            self._scale /= 2

    def runs(self, usual: int, share: float, least: int) -> int:
        """So many of the usual runs as may be made: in forks, as that share of the time allows; not fewer than `least`, unless they take seconds each."""
        if self.counts_runs:
            dear = self.lab.cpu / max(1, self.lab.runs)
            return max(least, min(int(usual * self._scale), int(self.seconds * share / max(dear, 1e-6))))
        cost = max(self._cost, self.spent / max(1, self.lab.runs))
        affordable = int(self.seconds * share / max(cost, 1e-6))
        return max(min(least, max(affordable, FEWEST)), min(usual, affordable))

    def until(self, share: float, runs: int, optional: bool = False) -> Callable[[], bool]:
        """Is it used up?  In process `runs` from now on; in forks, or where it is optional, that share of all seconds."""
        end = self.lab.runs + max(1, int(runs * self._scale))

        def over() -> bool:
            if self.counts_runs and not (optional and self.spent > share * self.seconds):
                return self.lab.runs >= end or self.lab.cpu > share * self.seconds or self.spent > PATIENCE * self.seconds
            return self.spent > share * self.seconds

        return over
