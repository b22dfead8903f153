"""The course of an explanation, in a running session.

1. Sources: a short search of a fixed seed for schedules that show the cause, those with the fewest deviations first; the recorded schedule where there are none.
2. Minimise each to ordering constraints, keep the smallest set.
3. Record the run under it; replay its schedule in fresh forks.
4. Flip each constraint; count the runs with the whole set and with nothing held.
5. Compare with the nearest passing run; measure the likelihood curve.
6. Chain, timeline, root, siblings.

Every number is measured here.  What the budget does not allow is left out and said.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import msgspec

from racetrap import __version__
from racetrap.case import Schedule, Violation
from racetrap.errors import Problem
from racetrap.explain import chain, compare, curve, flip, root, siblings
from racetrap.explain.budget import FEWEST, Budget
from racetrap.explain.lab import Lab, Trial
from racetrap.explain.minimise import Minimiser, Set
from racetrap.explain.model import FEW, Constraint, Count, Event, Explanation, Link, Ordering
from racetrap.explain.record import Record
from racetrap.hunt.messages import RunResult
from racetrap.hunt.session import Unit
from racetrap.store import Saved

SEARCH = 60
"""Schedules of the search for sources."""
FAR = 4
"""So many times as many are searched where they show the cause less than twice."""
MINIMISING = 500
"""Runs for minimising, in process."""
FLIPPING = 400
MEASURING = 350
SOURCES = 4
LEAST = 8
"""Runs of anything that is counted, however slow they are."""
REPLAYS = 10
MOST_EVENTS = 10_000


class Course:
    """One explanation.

    Args:
        seconds: for everything that is run, but for the replays in forks; None: the usual ones (budget.py).
    """

    def __init__(self, unit: Unit, saved: Saved, schedule: Schedule, *, seconds: float | None, wall: float, fork: bool) -> None:
        self._unit = unit
        self._saved = saved
        self._finding = saved.finding
        self._schedule = schedule
        self._wall = wall
        self._lab = Lab(
            unit, saved.finding.key, latency=schedule.latency, wall=wall, fork=fork,
            keep_sleep0=False,
        )
        self._budget = Budget(self._lab, seconds)
        self._complete = True
        self._why_not = ""

    async def run(self) -> Explanation:
        """All of it.

        Raises:
            Problem: the recorded schedule does not show the finding any more.
        """
        lab = self._lab
        try:
            recorded, source = await self._recorded()
            self._budget.begin(outside=any(str(d[2]).startswith("arrived:") for d in recorded.decisions))
            wild, sources = await self._sources(source)
            state, size = await self._smallest(sources)
            failing = await self._failing(state, recorded)
            violation = failing.violation(self._finding.key)
            assert violation is not None
            record = Record(failing.book)
            replays = await self._replays(failing)
            orderings, base = await self._flips(state, record)
            difference = await compare.difference(lab, state, record, self._budget.until(0.9, len(state) + 1)) if state else None
            likelihood = None
            if lab.mode == "in-process":
                likelihood = await curve.likelihood(lab, failing.decisions, record, self._budget.until(0.95, MEASURING, optional=True))
            seconds = self._budget.spent
        finally:
            await lab.close()
        causes = [o for o in orderings if o.cause]
        links = chain.links(record, violation, causes)
        notices = []
        if lab.mode != "in-process":
            notices.append(f"every run was a fork ({lab.why or 'asked for'}); the likelihood curve is measured in process only")
        if not self._complete:
            longer = round(6 * self._budget.seconds)
            notices.append(f"the constraints are not minimal, it was too much for the time; give it longer: racetrap explain --seconds {longer}")
        if causes and not causes[0].with_it.shown:
            notices.append("under these orders alone it did not fail again: runs with something real in them are not all alike")
        if len(record.events) > MOST_EVENTS:
            notices.append(f"the run has {len(record.events):,} events; the first {MOST_EVENTS:,} are kept")
        return Explanation(
            racetrap=__version__,
            finding=msgspec.structs.replace(self._finding, proof_state="explained"),
            workload=self._saved.workload,
            unit=self._unit.name,
            complete=self._complete,
            why_not=self._why_not or _many(state),
            orderings=causes,
            noise=[o for o in orderings if not o.cause],
            causes_alone=causes[0].with_it if causes and len(causes) < len(orderings) else None,
            minimised_from=size,
            base=base,
            wild=wild,
            counterfactual=counterfactual(causes, base),
            curve=likelihood,
            chain=links,
            timeline=chain.timeline(record, links, causes),
            root=root.root_of(record, violation, causes),
            siblings=siblings.find(Path(self._saved.workload.root), violation, self._saved.workload),
            difference=difference,
            replays=replays,
            actors=list(record.actors.values()),
            events=record.events[:MOST_EVENTS],
            files={path: lies for path, lies in record.files.items() if path in _mentioned(links, violation, record.events[:MOST_EVENTS])},
            decisions=failing.decisions,
            latency=self._schedule.latency,
            runs=lab.runs + replays.of,
            seconds=round(seconds, 2),
            mode=lab.mode,
            notices=notices,
        )

    # --------------------------------------------------------------- sources
    async def _recorded(self) -> tuple[RunResult, Record]:
        """The finding's own schedule, recorded."""
        lab, schedule = self._lab, self._schedule
        lab.set_base(schedule.decisions)
        tried = await lab.one(Trial(keep=len(schedule.decisions), book="steps"))
        if (tried.result is None or not lab.fails(tried)) and lab.mode == "in-process":
            lab.use_forks("the recorded schedule shows it in a fork only")
            tried = await lab.one(Trial(keep=len(schedule.decisions), book="steps"))
        if tried.result is None or not lab.fails(tried):
            raise self._gone(tried.result)
        return tried.result, Record(tried.result.book, tried.result.violation(self._finding.key))

    def _gone(self, result: RunResult | None) -> Problem:
        given = " ".join(self._saved.workload.given)
        diverged = result.diverged if result is not None else None
        seen = f"the run ended {result.outcome}" if result is not None else "the run ended its process"
        if diverged is not None:
            seen += f", having left the record at decision {diverged.decision}: expected {diverged.expected}, got {diverged.got}"
        return Problem(
            f"The schedule of {self._finding.id} does not show {self._finding.code} any more.",
            seen=seen,
            fix=f"racetrap replay {Path(self._finding.schedule).parent}, and to look for it in the program as it is: racetrap hunt -- {given}",
        )

    async def _sources(self, recorded: Record) -> tuple[Count, list[Record]]:
        """Runs to minimise, the quietest first, and how many of the search's schedules show the cause."""
        lab = self._lab
        began = time.monotonic()
        tried = await lab.run([Trial(rest=(0, index)) for index in range(1, LEAST // 2 + 1)])
        if self._budget.spent < 0.1 * self._budget.seconds or self._budget.counts_runs:
            tried += await lab.run([Trial(rest=(0, index)) for index in range(LEAST // 2 + 1, LEAST + 1)])
        self._budget.learn(tried, time.monotonic() - began)
        over, usual = self._budget.until(0.2, FAR * SEARCH), self._budget.runs(SEARCH, 0.2, LEAST)
        step = SEARCH // 5 if self._budget.counts_runs else FEWEST
        while not over() and (len(tried) < usual or sum(map(lab.fails, tried)) < 2):
            tried += await lab.run([Trial(rest=(0, index)) for index in range(len(tried) + 1, len(tried) + 1 + step)])
        hits = sorted((t.deviations, index) for index, t in enumerate(tried, start=1) if lab.fails(t))
        found = []
        for _, index in hits[:SOURCES]:
            again = await lab.one(Trial(rest=(0, index), book="steps"))
            if again.result is not None and lab.fails(again):
                found.append(Record(again.result.book, again.result.violation(lab.key)))
        return Count(shown=len(hits), of=len(tried)), [*found, recorded] if len(found) < 2 else found

    async def _smallest(self, sources: list[Record]) -> tuple[Set, int]:
        """The smallest set any of them ends in -> it, and the size of what its source was described by."""
        best: tuple[Set, int] | None = None
        minimiser = Minimiser(self._lab, self._finding.code, self._budget.until(0.5, MINIMISING), twice=self._budget.is_outside)
        for source in sources:
            state = await minimiser.run(source)
            if state is not None and (best is None or _weight(state) < _weight(best[0])):
                best = (state, minimiser.size)
                self._complete = minimiser.complete
            if (best is not None and len(best[0]) <= 1) or minimiser.over():
                break
        if best is not None:
            return best
        self._why_not = "no set of ordering constraints makes the default order fail: the orders it depends on lie in what is not held and released"
        return (), 0

    async def _failing(self, state: Set, recorded: RunResult) -> RunResult:
        """The recorded run the explanation is about."""
        violation = recorded.violation(self._finding.key)
        assert violation is not None
        watch = _watched(violation)
        if not self._why_not:
            tried = await self._lab.one(Trial(constraints=state, book="steps", watch=watch))
            if tried.result is not None and self._lab.fails(tried):
                return tried.result
            tried = await self._lab.one(Trial(constraints=state, book="steps"))
            if tried.result is not None and self._lab.fails(tried):
                return tried.result
        tried = await self._lab.one(Trial(keep=len(self._schedule.decisions), book="steps", watch=watch))
        return tried.result if tried.result is not None and self._lab.fails(tried) else recorded

    async def _replays(self, failing: RunResult) -> Count:
        """The minimised schedule, each time from a fresh fork."""
        schedule = msgspec.structs.replace(self._schedule, decisions=failing.decisions)
        slots = asyncio.Semaphore(2)
        times = self._budget.runs(REPLAYS, 0.15, 4)

        async def once() -> bool:
            async with slots:
                run = await self._unit.run(schedule, wall=self._wall)
            return run.violation(self._finding.key) is not None

        shown = await asyncio.gather(*(once() for _ in range(times)))
        return Count(shown=sum(shown), of=len(shown))

    async def _flips(self, state: Set, record: Record) -> tuple[list[Ordering], Count]:
        lab = self._lab
        runs = self._budget.runs(flip.CONTINUATIONS, 0.2 / (2 + len(state)), 4)
        over = self._budget.until(0.8, FLIPPING)
        base = await flip.count(lab, (), self._budget.runs(2 * flip.CONTINUATIONS, 0.1, LEAST))
        if not state:
            return [], base
        with_it = await flip.count(lab, state, runs)
        left = list(state)
        noise: list[Ordering] = []
        needed: dict[Constraint, Count] = {}
        while True:
            orderings = [await flip.flip(lab, left, at, record, with_it, 0 if over() else runs) for at in range(len(left))]
            orderings = [flip.left_open(o, needed[o.constraint]) if o.constraint in needed else o for o in orderings]
            doubtful = [o for o in orderings if not o.cause]
            if not doubtful or over() or not with_it.shown:
                return orderings + noise, base
            # One at a time, the least needed first: two that stand in for each other are each without effect alone.
            least = max((o for o in doubtful if o.constraint not in needed), key=lambda o: o.reversed.shown / max(1, o.reversed.of), default=None)
            if least is None:
                return orderings + noise, base
            rest = [c for c in left if c != least.constraint]
            without = await flip.count(lab, rest, runs) if rest else base
            if 2 * without.shown * with_it.of < with_it.shown * without.of:
                needed[least.constraint] = without  # the opposite order does not cure it, leaving it open does
                continue
            noise.append(least)
            if not rest:
                return noise, base
            left, with_it = rest, without

def _watched(violation: Violation) -> tuple[tuple[str, str], ...]:
    """The functions of the violation's sites."""
    return tuple(dict.fromkeys((s.path, s.function) for s in violation.sites if s.function))


def _mentioned(links: list[Link], violation: Violation, events: list[Event]) -> set[str]:
    """Files of the sites that are told."""
    at = {link.site.path for link in links if link.site is not None} | {site.path for site in violation.sites}
    return at | {event.path for event in events} | {path for event in events for path, _, _ in event.via}


def _weight(state: Set) -> tuple[int, int, str]:
    """What makes one set better than another: fewer, fewer in the same turn as something else, then by name."""
    return len(state), sum(c.about is not None for c in state), str(state)


def _many(state: Set) -> str:
    if len(state) <= FEW:
        return ""
    actors = len({c.hold[0] for c in state})
    return (
        f"{len(state)} constraints are needed: each was left out alone and the default order passed; they hold {actors} tasks at "
        f"{len({c.hold[2:5] for c in state})} places, which have to come together"
    )


def counterfactual(causes: list[Ordering], base: Count) -> str:
    """One sentence with its counts."""
    if not causes:
        if base.shown == base.of:
            return f"Nothing has to be late: {base} schedules fail, whatever comes when."
        return f"With nothing held, {base} schedules fail."
    flipped = [o for o in causes if o.reversed.of]
    if not flipped:
        return f"No order was turned round, the time was up; as it stands, {causes[0].with_it} schedules fail; with nothing held, {base}."
    cure = min(flipped, key=lambda o: (o.reversed.shown / max(1, o.reversed.of), -(o.held or 0)))
    return (
        f"With {cure.reverse}, {cure.reversed} schedules fail; as it stands, {cure.with_it}; with nothing held, {base}."
    )
