"""A recorded run: its events, and the constraints that would make it again."""

from __future__ import annotations

from typing import Any

import msgspec

from racetrap.case import Violation
from racetrap.explain.model import FIRST_THREAD, Actor, Constraint, Event, Identity, Kind

STEPS = ("start", "wake", "wait", "callback", "go", "line")
REMARKS = ("violation", "go", "look", "stale", "write", "vain")
"""What is seen of a run and is nothing that can be waited for."""
COMING = ("deliver", "timer", "go")
FAULTS = ("cancel", "reset", "error")
STANDS = ("line", "point", "blocks", "begin")
"""Kinds of items that are places at which a thread stands."""


class Coming(msgspec.Struct, frozen=True):
    """An arrival or timer that came."""

    event: int
    item: Identity
    about: Identity | None
    """It was made to come just before that one."""
    decisions: int
    """So many decisions had been made when it came."""


class Record:
    """The events of one run, as the probe's book has them.

    Args:
        book: of a `RunResult`.
        violation: what it shows; who has a part in it is the core.
    """

    def __init__(self, book: dict[str, Any], violation: Violation | None = None) -> None:
        self.actors = {
            int(number): _actor(int(number), key, name, parent) for number, (key, name, parent) in book["actors"].items()
        }
        if any(a.kind == "thread" for a in self.actors.values()) and not any(a.kind == "task" for a in self.actors.values()):
            self.actors[0] = msgspec.structs.replace(self.actors[0], name="main", kind="thread")
        self.files: dict[str, str] = book.get("files", {})
        """Where each file of installed code lies."""
        self.whence: dict[Identity, tuple[str, str, int]] = {tuple(item): tuple(place) for item, place in book.get("whence", [])}
        """Of what is waited for in installed code: the project's line that called it."""
        self.events: list[Event] = []
        began = book["rows"][0][1] if book["rows"] else 0.0
        self.never: list[tuple[Identity, float, int]] = [
            (tuple(item), due - began, number) for item, due, number in book.get("never", [])
        ]
        """Arrivals nobody waited for in the end: (item, when due, the event before which that was seen)."""
        self.comings: list[Coming] = []
        for row in book["rows"]:
            number, at, turn, kind, actor, what, path, line, function, after, n, detail, via = row[:13]
            self.events.append(
                Event(
                    number=number, at=round(at - began, 9), turn=turn, kind=kind, actor=actor, object=what, path=path, line=line,
                    function=function, after=after, n=n, detail=detail, via=tuple(tuple(v) for v in via),
                )
            )
            if len(row) > 13:
                item, about, decisions = row[13]
                self.comings.append(Coming(number, tuple(item), tuple(about) if about else None, decisions))
        part = [] if violation is None else [violation.event, *(site.event for site in violation.sites)]
        self.core = {self.key(self.events[number].actor) for number in part if number is not None}

    def key(self, actor: int) -> str:
        known = self.actors.get(actor)
        return known.key if known is not None else f"task#{actor}"

    def identity(self, event: Event) -> Identity:
        """How this event is known again in another run."""
        if event.kind in COMING:
            return next(c.item for c in self.comings if c.event == event.number)
        return (self.key(event.actor), event.kind, event.path, event.function, event.line, event.n)

    def find(self, identity: Identity) -> Event | None:
        """The event of that identity."""
        for coming in self.comings:
            if coming.item == identity:
                return self.events[coming.event]
        return next((e for e in self.events if e.kind not in COMING and self.identity(e) == identity), None)

    def coming(self, item: Identity) -> Coming | None:
        return next((c for c in self.comings if c.item == item), None)

    def violation(self, code: str) -> Event | None:
        """Where the rule was seen broken; None where that was judged at the end."""
        return next((e for e in self.events if e.kind == "violation" and e.object == code), None)

    def before(self, coming: Coming) -> Event | None:
        """The last thing before a coming that somebody else did, or that came."""
        mine = self.events[coming.event]
        for event in reversed(self.events[: coming.event]):
            other = event.actor != mine.actor or event.kind == "fault" or {event.kind, mine.kind} == {"deliver", "timer"}
            if other and event.kind not in REMARKS:
                return event
        return None

    def as_constraints(self, end: int | None = None, lean: bool = False) -> list[Constraint]:
        """Constraints under which everything comes in the order of this run, up to event `end`.

        Whatever came is held until the last thing that happened before it.  lean: not where that came "just before" this one, which then has its time of
        its own; too little where it was late itself.
        """
        found = []
        for event in self.events[:end]:
            if event.kind == "fault" and event.number:
                struck = (self.key(event.actor), event.detail or FAULTS[0], "", "", 0, event.n)
                found.append(Constraint(hold=struck, until=self.identity(self.events[event.number - 1])))
        for coming in self.comings:
            if end is not None and coming.event > end:
                break
            previous = self.before(coming)
            mine = self.events[coming.event]
            rides = previous is not None and mine.kind == previous.kind == "timer" and mine.turn == previous.turn
            led = lean and previous is not None and any(c.event == previous.number and c.about == coming.item for c in self.comings)
            if previous is not None and not (rides or led):  # timers of one moment go off together
                found.append(Constraint(hold=coming.item, until=self.identity(previous)))
            if coming.about is not None:
                found.append(Constraint(hold=coming.item, about=coming.about))
        return found + self._overtaken(len(self.events) if end is None else end)

    def among_the_core(self, constraints: list[Constraint]) -> list[Constraint]:
        """Those between two who have a part in the violation."""
        return [c for c in constraints if c.hold[0] in self.core and (c.until or c.about or c.hold)[0] in self.core]

    def _overtaken(self, end: int) -> list[Constraint]:
        """What was due before something that came, and itself came only after `end` or never: held until the last thing that overtook it."""
        missing = [(item, due, min(number, end)) for item, due, number in self.never]
        for coming in self.comings:
            if coming.event >= end:
                event = self.events[coming.event]
                late = float(event.detail.split()[2]) if event.detail.startswith("late by ") else 0.0
                missing.append((coming.item, event.at - late, end))
        found = []
        for item, due, until in missing:
            overtook = [c for c in self.comings if c.event < until and self.events[c.event].at > due + 1e-6]
            if overtook:
                found.append(Constraint(hold=item, until=overtook[-1].item))
        return found


def _actor(number: int, key: str, name: str, parent: int) -> Actor:
    kind: Kind = "thread" if number <= FIRST_THREAD else "connection" if number < 0 else "task" if number else "loop"
    return Actor(number=number, key=key, name=name, parent=parent, kind=kind)
