"""The likely root of a failure of the workload's own, which no rule knows the order of: never certain, and said so.

Two shapes are told, both of the task that raises and of the orders that were proved:

* it went by an answer that was sent before somebody else did something, and by what it learned afterwards: two questions that have to be one;
* somebody whom an order names stood inside the same function when it raised: two who have to be kept apart.
"""

from __future__ import annotations

from collections.abc import Sequence

from racetrap.case import Site, Violation
from racetrap.explain import words
from racetrap.explain.model import Event, Ordering, Root
from racetrap.explain.record import Record

Place = tuple[str, str]
"""(path, function)."""


def root(record: Record, violation: Violation, orderings: Sequence[Ordering]) -> Root | None:
    """The statement that probably stands in the wrong place; None where neither shape is there."""
    raised = next((e for e in record.events if e.kind == "raise" and e.object == violation.title.partition(":")[0] and e.actor > 0), None)
    if raised is None:
        return None
    left = _left(record, raised)
    for ordering in orderings:
        found = _old_answer(record, raised, left, ordering) or _both_inside(record, raised, left, ordering)
        if found is not None:
            return found
    return None


def _left(record: Record, raised: Event) -> dict[Place, int]:
    """The functions the exception left, innermost first, and the line of each."""
    places: dict[Place, int] = {}
    for event in record.events[raised.number :]:
        if event.kind == "raise" and event.actor == raised.actor and event.object == raised.object:
            places.setdefault((event.path, event.function), event.line)
    return places


def _old_answer(record: Record, raised: Event, left: dict[Place, int], ordering: Ordering) -> Root | None:
    """The held one is an answer the raising task waited for while the other thing happened."""
    if ordering.held is None or ordering.until is None or record.events[ordering.held].object != "network":
        return None
    other = record.events[ordering.until]
    woken = next((e for e in record.events[ordering.held : raised.number] if e.kind == "wake" and e.actor == raised.actor and _led(record, e, ordering.held)), None)
    waited = [e for e in record.events[: ordering.until] if e.kind == "wait" and e.actor == raised.actor]
    if woken is None or not waited or other.actor == raised.actor:
        return None
    for path, function, line in waited[-1].via:
        if (path, function) in left and left[path, function] != line:
            return Root(
                known=False,
                why=f"likely: what it learns at line {line} is from before {words.who(record.actors[other.actor])} {words.what(other)}, and at line {left[path, function]} "
                "it goes by what it has learned since: both have to be asked at once",
                site=Site(path=path, line=line, function=function, role="asked before", event=waited[-1].number),
            )
    return None


def _led(record: Record, wake: Event, held: int) -> bool:
    """Did that arrival wake it, and no other task?"""
    number = wake.after
    while number > held and record.events[number].actor <= 0:
        number = record.events[number].after
    return number == held


def _both_inside(record: Record, raised: Event, left: dict[Place, int], ordering: Ordering) -> Root | None:
    """Another task that an order names waits inside a function that the exception leaves."""
    for number in (ordering.held, ordering.until):
        actor = record.events[number].actor if number is not None else raised.actor
        stands = next((e for e in reversed(record.events[: raised.number]) if e.actor == actor and e.kind in ("wait", "wake", "end")), None)
        if actor == raised.actor or stands is None or stands.kind != "wait":
            continue
        shared = [(path, function, line) for path, function, line in stands.via[:-1] if (path, function) in left]
        own = [place for place in shared if place[0] not in record.files]
        if shared:
            path, function, line = own[0] if own else shared[-1]
            return Root(
                known=False,
                why=f"likely: {words.who(record.actors[actor])} waits inside {words.short(function)} when {words.who(record.actors[raised.actor])} comes to the same place, and "
                "nothing keeps them apart: a lock has to",
                site=Site(path=path, line=line, function=function, role="both inside", event=stands.number),
            )
    return None
