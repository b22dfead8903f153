"""Who searches what, for how long: a pure ledger of the budget.

Each unit owns the schedule numbers `0 .. share-1` of its own portfolio.  A slice is a run of those
numbers with a time; what a slice did not get to is given back and taken again first, so a hunt
that ends on its schedule budget has tried exactly those numbers, however many jobs it had.
The unit with the least time spent (and fewest slices out) comes first: with more units than jobs that is
round robin by time, and a slow test cannot starve the others.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

SHORTEST = 0.5
LONGEST = 5.0
"""Seconds of a slice while other units wait for their turn."""

ROUNDS = 4
"""Into how many slices a unit's time is cut, so that every unit is reached early."""


@dataclass
class Slice:
    """Run the schedules `first .. first+count-1` of `unit` for at most `seconds`."""

    unit: str
    first: int
    count: int
    seconds: float


@dataclass
class _Account:
    order: int
    left: list[range]
    spent: float = 0.0
    out: int = 0
    runs: int = 0
    closed: bool = False
    patience: float = 1.0
    """How many times longer than others its slices are: doubled when one was too short for a single run."""


@dataclass
class Shares:
    """The budget of one hunt.

    Args:
        schedules: schedules in all, spread evenly over the units.
        seconds: of search in all, on the wall.
        jobs: slices that may be out at a time.
    """

    schedules: int
    seconds: float
    jobs: int
    _accounts: dict[str, _Account] = field(default_factory=dict)

    def open(self, units: list[str]) -> None:
        """Give every unit its share; what does not divide goes to the first ones."""
        share, more = divmod(self.schedules, max(len(units), 1))
        for order, unit in enumerate(units):
            count = share + (order < more)
            self._accounts[unit] = _Account(order, [range(count)] if count else [])

    def close(self, unit: str) -> None:
        """The unit is gone; its numbers are tried by nobody."""
        account = self._accounts[unit]
        account.left = []
        account.closed = True

    def take(self, elapsed: float) -> Slice | None:
        """The next slice, when `elapsed` seconds of the budget are gone; None: nothing left to hand out."""
        remaining = self.seconds - elapsed
        open_units = [(a.out, a.spent, a.order, unit) for unit, a in self._accounts.items() if a.left]
        if not open_units or remaining <= 0:
            return None
        unit = min(open_units)[3]
        account = self._accounts[unit]
        numbers = account.left.pop(0)
        workers = math.ceil(self.jobs / len(open_units))
        count = min(len(numbers), math.ceil(self._total_left(account, numbers) / max(workers - account.out, 1)))
        if count < len(numbers):
            account.left.insert(0, numbers[count:])
        account.out += 1
        return Slice(unit, numbers[0], count, min(remaining, account.patience * self._length(len(open_units))))

    def give_back(self, piece: Slice, runs: int, spent: float) -> None:
        """A slice is over: it ran its first `runs` schedules in `spent` seconds."""
        account = self._accounts[piece.unit]
        account.out -= 1
        account.spent += spent
        account.runs += runs
        if runs == 0:
            account.patience *= 2
        rest = range(piece.first + runs, piece.first + piece.count)
        if rest and not account.closed:
            account.left.insert(0, rest)

    def runs(self) -> dict[str, int]:
        """Schedules run, by unit."""
        return {unit: account.runs for unit, account in self._accounts.items()}

    @property
    def exhausted(self) -> bool:
        """Every number of every share has been tried."""
        return not any(a.left or a.out for a in self._accounts.values())

    def _total_left(self, account: _Account, numbers: range) -> int:
        return len(numbers) + sum(len(r) for r in account.left)

    def _length(self, open_units: int) -> float:
        if open_units == 1 or (open_units <= self.jobs and self.jobs % open_units == 0):
            return math.inf
        fair = self.seconds * self.jobs / len(self._accounts)
        return min(LONGEST, max(SHORTEST, fair / ROUNDS))
