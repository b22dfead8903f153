"""The likely root of a failure of the workload's own, which no rule knows the order of: never certain, and said so.

Two shapes are told, both of the task that raises and of the orders that were proved:

* one function of it asked twice, and the order puts what somebody else did between the two answers;
* it came into a function and failed at once, while somebody else stood inside.
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
    failed = _failed(record, violation.title.partition(":")[0])
    if failed is None:
        return None
    left = _left(record, failed)
    for ordering in orderings:
        found = _old_answer(record, failed, left, ordering)
        if found is not None:
            return found
    return _both_inside(record, failed, left) if orderings else None


def _failed(record: Record, exception: str) -> Event | None:
    """Where the exception was raised, as far as that was watched; else the end of the task that raised it, or what became part of it."""
    tasks = [e for e in record.events if e.actor > 0]
    ends = [e for e in tasks if e.kind == "end" and e.detail.startswith("raised ")]
    if exception.endswith("ExceptionGroup"):
        return next((e for e in ends if not e.detail.endswith("ExceptionGroup")), None)
    return next((e for e in tasks if e.kind == "raise" and e.object == exception), next((e for e in ends if e.detail == f"raised {exception}"), None))


def _left(record: Record, failed: Event) -> dict[Place, int]:
    """The functions the exception left, innermost first, and the line of each."""
    places: dict[Place, int] = {}
    for event in record.events[failed.number :]:
        if event.kind == "raise" and event.actor == failed.actor and event.object == failed.object:
            for path, function, line in ((event.path, event.function, event.line), *event.via):
                places.setdefault((path, function), line)
    return places


def _old_answer(record: Record, failed: Event, left: dict[Place, int], ordering: Ordering) -> Root | None:
    """The failing task stood still, in the middle of a function that asks twice, while the other thing happened."""
    if ordering.held is None or ordering.until is None or record.events[ordering.until].actor == failed.actor:
        return None
    mine = [e for e in record.events[: failed.number] if e.actor == failed.actor and e.kind in ("wait", "wake")]
    at = next((n for n, e in enumerate(mine) if e.kind == "wake" and _led(record, e) == ordering.held), None)
    if not at or mine[at - 1].kind != "wait" or mine[at - 1].number > ordering.until:
        return None
    # where it is not known what the exception left, the outermost: only there both lines are surely of one call
    stack = [place for place in mine[at - 1].via if place[:2] in left] if left else reversed(mine[at - 1].via)
    for path, function, line in stack:
        if record.events[ordering.held].object == "network":
            before: int | None = line
        else:
            asked = [n for n in range(1, at - 1) if mine[n].kind == "wake" and record.events[_led(record, mine[n])].object == "network"]
            before = next((known for n in reversed(asked) if (known := _line(mine[n - 1], path, function)) is not None), None)
        after = left.get((path, function)) or next((known for e in mine[at:] if (known := _line(e, path, function)) is not None), None)
        if before is not None and after is not None and before != after:
            other = record.events[ordering.until]
            return Root(
                known=False,
                why=f"likely: what {words.short(function)} learns at line {before} is older than this: {words.who(record.actors[other.actor])} {words.what(other)}; what it goes by at "
                f"line {after} is newer. Both have to be asked at once, or the first again",
                site=Site(path=path, line=before, function=function, role="asked before"),
            )
    return None


def _line(wait: Event, path: str, function: str) -> int | None:
    return next((line for *place, line in wait.via if place == [path, function]), None) if wait.kind == "wait" else None


def _led(record: Record, wake: Event) -> int:
    """The arrival that woke it, through no other task; itself, if it was none."""
    event = wake
    while event.after >= 0 and (event is wake or event.actor < 0 or event.kind == "callback"):
        event = record.events[event.after]
    return event.number if event.kind in ("deliver", "timer") else wake.number


def _both_inside(record: Record, failed: Event, left: dict[Place, int]) -> Root | None:
    """The failing task came into a function, failed at once, and another one stood inside."""
    before = record.events[: failed.number]
    came_from = next((e for e in reversed(before) if e.actor == failed.actor and e.kind == "wait"), None)
    inside = {} if came_from is None else {(path, function) for path, function, _ in came_from.via}
    for actor in record.actors:
        stands = next((e for e in reversed(before) if e.actor == actor and e.kind in ("wait", "wake", "end")), None)
        if actor <= 0 or actor == failed.actor or stands is None or stands.kind != "wait":
            continue
        shared = [place for place in stands.via[:-1] if place[:2] in left and place[:2] not in inside]
        own = [place for place in shared if place[0] not in record.files]
        if shared:
            path, function, line = own[0] if own else shared[-1]
            return Root(
                known=False,
                why=f"likely: {words.who(record.actors[failed.actor])} comes into {words.short(function)} while {words.who(record.actors[actor])} waits inside it, and fails at once: "
                "something has to keep the two apart, a lock perhaps",
                site=Site(path=path, line=line, function=function, role="both inside", event=stands.number),
            )
    return None
