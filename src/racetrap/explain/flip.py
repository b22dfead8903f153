"""Reversing one order at a time: what cures the failure is a cause, the rest is noise."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from racetrap.explain import words
from racetrap.explain.lab import Lab, Trial
from racetrap.explain.model import Constraint, Count, Identity, Ordering
from racetrap.explain.record import FAULTS, STANDS, Record
from racetrap.explain.wilson import is_less

CONTINUATIONS = 20
"""Runs of each side: the default order, then nearly the default by as many seeds."""


def continuations(count: int) -> list[tuple[int | str, int] | None]:
    """Who decides what is left open, in that many runs."""
    return [None, *(("calm", seed) for seed in range(1, count))] if count else []


async def count(lab: Lab, constraints: Sequence[Constraint], runs: int) -> Count:
    """How many of so many runs under these constraints show the cause."""
    tried = await lab.run([Trial(constraints=tuple(constraints), rest=rest) for rest in continuations(runs)])
    return Count(shown=sum(lab.fails(t) for t in tried), of=len(tried))


def reversal(constraint: Constraint, record: Record) -> Constraint | None:
    """The constraint that makes the opposite order: what led to the event is held until the held one has come.

    None where nothing can be held: then the opposite is that nothing is held.
    """
    if constraint.until is None or constraint.hold[1] in FAULTS:
        return None
    if constraint.hold[1] in STANDS:
        stand = _stand_before(constraint.until, record)
        return Constraint(hold=stand, until=constraint.hold) if stand is not None else None
    cause = _arrival_before(constraint.until, record)
    if cause is None or cause == constraint.hold or cause[1] == "timer":
        return None
    return Constraint(hold=cause, until=constraint.hold)


def _arrival_before(identity: Identity, record: Record) -> Identity | None:
    """The arrival from which that event followed."""
    event = record.find(identity)
    while event is not None and event.kind not in ("deliver", "timer"):
        event = record.events[event.after] if event.after >= 0 else None
    return record.identity(event) if event is not None else None


def _stand_before(identity: Identity, record: Record) -> Identity | None:
    """The place at which its thread could have been held before that event."""
    event = record.find(identity)
    if event is None:
        return None
    mine = [e for e in record.events[: event.number + 1] if e.actor == event.actor and e.kind in ("line", "go")]
    return record.identity(mine[-1]) if mine else None


async def flip(lab: Lab, state: Sequence[Constraint], at: int, record: Record, with_it: Count, runs: int) -> Ordering:
    """Try the opposite of one constraint of the set, the others kept.

    Args:
        with_it: how often the whole set fails.
        runs: so many continuations; 0: it is told, and not tried.
    """
    mine = state[at]
    others = (*state[:at], *state[at + 1 :])
    opposite = reversal(mine, record)
    constraints = (opposite, *others) if opposite is not None else others
    tried = await lab.run([Trial(constraints=constraints, rest=rest) for rest in continuations(runs)])
    made = [t for t in tried if opposite is None or (t.kept and t.kept[0] == "kept")]
    if opposite is not None and tried and len(made) < max(1, len(tried) // 2):
        opposite = None  # it cannot be made: then nothing is held
        made = tried = await lab.run([Trial(constraints=others, rest=rest) for rest in continuations(runs)])
    turned = Count(shown=sum(lab.fails(t) for t in made), of=len(made))
    text, reverse = words.told(mine, record)
    if opposite is None and mine.hold[1] not in FAULTS and mine.about is None:
        reverse = f"{reverse.rpartition(' before ')[0]} when it is due"
    coming = record.coming(mine.hold)
    until = record.find(mine.until) if mine.until is not None else None
    return Ordering(
        constraint=mine,
        text=text,
        reverse=reverse,
        held=coming.event if coming is not None else None,
        until=until.number if until is not None else None,
        with_it=with_it,
        reversed=turned,
        unkept=len(tried) - len(made),
        left_open=opposite is None,
        cause=turned.shown == 0 or not with_it.shown or (is_less(turned, with_it) and 2 * turned.shown * with_it.of <= with_it.shown * turned.of),
    )


def left_open(ordering: Ordering, without: Count) -> Ordering:
    """A constraint that is needed, though its opposite does not cure the failure: told with what happens when it is left open."""
    reverse = ordering.reverse if ordering.reverse.endswith("when it is due") else f"{ordering.reverse.rpartition(' before ')[0]} when it is due"
    return msgspec.structs.replace(ordering, cause=True, reversed=without, unkept=0, left_open=True, reverse=reverse)
