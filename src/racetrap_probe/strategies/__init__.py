"""Search strategies: one small file each, and the portfolio that deals them out by seed.

Every execution has an index; `portfolio(index)` says which strategy runs it.  Index 0 is
the default run.  A strategy draws all its randomness from (seed, index) and the length of the default run, so that
one line determines an execution.
"""

from __future__ import annotations

from ..schedule import Strategy
from .pct import Pct
from .pos import Pos
from .random_walk import RandomWalk
from .stock import Stock

NAMES = ("random", "pct", "pct-events", "pos")


class Portfolio:
    """Deals out strategies by index: the default run once, then of every five a random walk, PCT, PCT at events twice, and POS."""

    def __init__(self, only: str | None = None) -> None:
        """only: the names of those that are dealt, with commas between them; None: all."""
        names = NAMES if only is None else only.split(",")
        self.stock = Stock()
        events = Pct(at_events=True)
        dealt: list[Strategy] = [RandomWalk(), events, Pct(), events, Pos()]
        self.members = [s for s in dealt if s.name in names]
        self.lengths: tuple[int, int] | None = None
        if unknown := [name for name in names if name not in NAMES]:
            raise ValueError(f"unknown strategy {unknown[0]!r}; there are {', '.join(NAMES)}")

    def scale(self, decisions: int, events: int) -> None:
        """The default run had that many: change points are drawn from runs of about that length."""
        self.lengths = decisions, events
        for strategy in self.members:
            if isinstance(strategy, Pct):
                strategy.length = events if strategy.at_events else decisions

    @property
    def names(self) -> list[str]:
        return sorted({s.name for s in self.members})

    def strategy(self, index: int) -> Strategy:
        if index == 0:
            return self.stock
        return self.members[index % len(self.members)]
