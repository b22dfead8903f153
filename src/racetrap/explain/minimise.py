"""From a failing run to the few ordering constraints that make it fail."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from itertools import product

from racetrap.explain.lab import Lab, Trial
from racetrap.explain.model import Constraint, Identity
from racetrap.explain.record import REMARKS, STANDS, STEPS, Record

Set = tuple[Constraint, ...]


class Minimiser:
    """Makes a set of constraints minimal, then canonical.

    A *state* is a set of constraints under which the default order shows the finding's cause; `fails(set)` asks the lab and remembers.  The
    default order is the right continuation to minimise under: it is the one everybody knows, it makes no decision of its own, and a set that fails under it says all
    that has to be late.

    *Legal steps.*  A step replaces the state by another set, and is taken only if that set was run and failed.  There are three, in this order:

    0. The start: the constraints between those who have a part in the violation, if they make it fail; otherwise all.
    1. `reduce`: leave constraints out (delta debugging, Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", TSE 2002).  Its end is
       a set from which none can be left out alone.
    2. `anchor`: hold the same thing until an earlier event.  What an event has to wait for is often much earlier than what it happened to wait for in the
       run that was met: the earliest is found by bisection over the events of the state's own run.
    3. `advance`: hold an earlier arrival of the same actor instead, with the same event.

    *Why it ends.*  Every step lowers (number of constraints, place of the events, place of the arrivals) in lexicographic order, over finitely many
    sets of one finite run; no step is taken twice.  After 2 and 3 the run is another one, so `reduce` is tried again: a round ends when it changes nothing.

    *Why it is canonical.*  Nothing is drawn by chance and the order of trials depends on the run alone, so equal runs end in equal sets; and `anchor` and `advance` move
    different runs of one cause to the same earliest places.  They are local: a cause that can be reached in two quite different ways may end in
    either (the sources are therefore met by a search of a fixed seed, see `sources`).

    Args:
        lab: where sets are run.
        over: whether the time for this is up; then the state is what it is, and `complete` is False.
        twice: runs are not all alike (a real server has a part in them): a set has to fail twice in a row.
    """

    def __init__(self, lab: Lab, code: str, over: Callable[[], bool], twice: bool = False) -> None:
        self.lab = lab
        self.code = code
        self.over = over
        self.twice = twice
        self.complete = True
        self.size = 0
        """Constraints that describe the source of the last run."""
        self._known: dict[frozenset[Constraint], bool] = {}

    async def fails(self, constraints: Sequence[Constraint]) -> bool:
        name = frozenset(constraints)
        if name not in self._known:
            failing = await self.lab.is_failing(constraints)
            self._known[name] = failing and (not self.twice or await self.lab.is_failing(constraints))
        return self._known[name]

    async def record(self, constraints: Sequence[Constraint]) -> Record | None:
        """A recorded run under the set; None if it does not fail."""
        tried = await self.lab.one(Trial(constraints=tuple(constraints), book="steps"))
        if tried.result is None or not self.lab.fails(tried):
            return None
        return Record(tried.result.book)

    async def run(self, source: Record) -> Set | None:
        """The minimal, canonical set; None when constraints cannot make the source's failure again."""
        self.complete = True
        start = await self._start(source)
        if start is None:
            return None
        state = await self.reduce(start)
        while not self.over():
            before = state
            record = await self.record(state)
            if record is None:
                break
            state = await self._each(state, record, self.anchor)
            state = await self._each(state, record, self.advance)
            state = await self.reduce(state)
            if state == before:
                return _sorted(state, record)
        self.complete = False
        record = await self.record(state)
        return _sorted(state, record) if record is not None else state

    async def _start(self, source: Record) -> Set | None:
        self.size = 0
        if await self.fails(()):
            return ()
        seen = source.violation(self.code)
        ends = [seen.number, None] if seen is not None else [None]
        for end, lean in product(ends, (True, False)):
            everything = source.as_constraints(end, lean)
            for constraints in (source.among_the_core(everything), everything, [c for c in everything if c.about is None]):
                if constraints and await self.fails(constraints):
                    self.size = len(constraints)
                    return tuple(constraints)
        return None

    # ---------------------------------------------------------------- reduce
    async def reduce(self, state: Set) -> Set:
        """Delta debugging: leave out halves, quarters, ... until none can be left out alone."""
        parts = 2
        while len(state) > 0 and not self.over():
            size = max(1, -(-len(state) // parts))
            for at in range(0, len(state), size):
                rest = state[:at] + state[at + size :]
                if await self.fails(rest):
                    state = rest
                    parts = max(2, parts - 1)
                    break
                if self.over():
                    return state
            else:
                if size == 1:
                    break
                parts = min(len(state), parts * 2)
        return state

    # ------------------------------------------------------------- canonical
    async def _each(self, state: Set, record: Record, step: Callable[[Set, int, Record], Awaitable[Set]]) -> Set:
        for at in range(len(state)):
            if self.over():
                break
            state = await step(state, at, record)
        return state

    async def anchor(self, state: Set, at: int, record: Record) -> Set:
        """Hold the same until the earliest event that will do."""
        mine = state[at]
        coming = record.coming(mine.hold)
        if mine.until is None or coming is None:
            return state
        candidates = self._candidates(record, mine.hold, coming.event)
        if not candidates:
            return state
        low, high = 0, len(candidates) - 1
        best: Set | None = None
        while low <= high:
            middle = (low + high) // 2
            tried = _replaced(state, at, Constraint(hold=mine.hold, until=candidates[middle]))
            if await self.fails(tried):
                best, high = tried, middle - 1
            else:
                low = middle + 1
        return best if best is not None else state

    def _candidates(self, record: Record, hold: Identity, end: int) -> list[Identity]:
        """Events of others from when the held one was due until it came; a task's steps only where there is nothing else."""
        came = record.events[end]
        if hold[1] in STANDS:
            stood = max((e.number for e in record.events[:end] if e.actor == came.actor), default=0)
            return [record.identity(e) for e in record.events[stood:end] if e.actor != came.actor and e.kind not in REMARKS]
        late = float(came.detail.split()[2]) if came.detail.startswith("late by ") else 0.0
        due = came.at - late - 1e-6
        others = [
            e for e in record.events[:end]
            if e.at >= due and e.kind not in REMARKS and (e.actor != came.actor or e.kind in ("deliver", "timer"))
        ]
        told = [e for e in others if e.kind not in STEPS]
        return [record.identity(e) for e in (told or others)]

    async def advance(self, state: Set, at: int, record: Record) -> Set:
        """Hold an earlier arrival of the same actor."""
        mine = state[at]
        taken = {c.hold for c in state}
        for coming in record.comings:
            if coming.item == mine.hold:
                break
            if coming.item[0] != mine.hold[0] or coming.item in taken:
                continue
            tried = _replaced(state, at, Constraint(hold=coming.item, until=mine.until, about=mine.about))
            if await self.fails(tried):
                return tried
        return state


def _replaced(state: Set, at: int, by: Constraint) -> Set:
    return (*state[:at], by, *state[at + 1 :])


def _sorted(state: Set, record: Record) -> Set:
    """In the order in which what is held came."""

    def place(constraint: Constraint) -> tuple[int, Identity]:
        coming = record.coming(constraint.hold)
        return (coming.event if coming is not None else len(record.events), constraint.hold)

    return tuple(sorted(state, key=place))
