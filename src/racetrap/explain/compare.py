"""The failing run and the nearest passing one, side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from racetrap.explain import words
from racetrap.explain.lab import Lab, Trial
from racetrap.explain.model import Constraint, Difference, Event, Step
from racetrap.explain.record import STEPS, Record

LINES = 24
"""Steps shown of each, from the first difference on."""
CONTEXT = 2


async def difference(lab: Lab, state: Sequence[Constraint], failing: Record, over: Callable[[], bool]) -> Difference | None:
    """Compare with the passing run that leaves one constraint out and stays the same for longest; None: none passes."""
    best: tuple[int, Record, str] | None = None
    for at, constraint in enumerate(state):
        if over():
            break
        others = (*state[:at], *state[at + 1 :])
        tried = await lab.one(Trial(constraints=others, book="steps"))
        if tried.result is None or lab.fails(tried):
            continue
        passing = Record(tried.result.book)
        same = _common(failing, passing)
        if best is None or same > best[0]:
            best = (same, passing, words.told(constraint, failing)[0])
    if best is None:
        return None
    same, passing, without = best
    begin = max(0, same - CONTEXT)
    return Difference(
        common=same,
        failing=[_step(e, failing) for e in _told(failing)[begin : begin + LINES]],
        passing=[_step(e, passing) for e in _told(passing)[begin : begin + LINES]],
        without=without,
    )


def _told(record: Record) -> list[Event]:
    return [e for e in record.events if e.kind not in STEPS]


def _common(one: Record, other: Record) -> int:
    """How many steps are the same at the beginning."""
    same = 0
    for a, b in zip(_told(one), _told(other), strict=False):
        if one.identity(a) != other.identity(b):
            break
        same += 1
    return same


def _step(event: Event, record: Record) -> Step:
    who = words.who(record.actors[event.actor]) if event.kind != "violation" else "rule"
    return Step(who=who, what=words.what(event), place=f"{event.path}:{event.line}" if event.line else "")
