"""How events, actors and constraints are said."""

from __future__ import annotations

from racetrap.case import Site
from racetrap.explain.model import FIRST_THREAD, Actor, Constraint, Event, Identity
from racetrap.explain.record import STANDS, Record

_WHAT = {
    "acquire": "gets {o}", "release": "returns {o}", "call": "calls {o}", "return": "{o} takes effect", "lock": "takes {o}",
    "unlock": "gives back {o}", "set": "sets {o}", "clear": "clears {o}", "notify": "notifies {o}", "put": "puts into {o}", "get": "takes from {o}",
    "start": "begins", "callback": "its {o} is handed over", "wake": "goes on", "wait": "waits", "end": "ends", "spawn": "starts {o}", "cancel": "cancels {o}", "fault": "is cancelled from outside",
    "raise": "{o} is raised", "leave": "leaves {o}", "go": "goes on", "look": "looks at {o}", "stale": "no longer sees {o} as it is", "write": "writes {o}", "line": "runs this line", "violation": "{o} is broken",
}
_COMES = {"sleep": "its sleep ends", "sleep0": "its sleep(0) ends", "timer": "its timer goes off", "deadline": "its deadline passes"}


def who(actor: Actor) -> str:
    """`task 5 (Consumer._work)`."""
    if actor.kind == "loop":
        return "the event loop"
    if actor.kind == "thread":
        return f"thread {FIRST_THREAD - actor.number} ({short(actor.name)})" if actor.number else "the main thread"
    return f"{actor.kind} {actor.number} ({short(actor.name)})"


def short(name: str) -> str:
    """The last two parts of a qualified name."""
    parts = [p for p in name.split(".") if p != "<locals>"]
    return ".".join(parts[-2:])


def what(event: Event) -> str:
    """What the actor does."""
    if event.kind in ("deliver", "timer"):
        return comes(event.object)
    said = _WHAT.get(event.kind, event.kind + " {o}").format(o=event.object)
    if event.kind == "end" and event.detail:
        return "ends cancelled" if event.detail == "cancelled" else f"ends, having {event.detail}"
    if event.kind == "raise":
        return f"{said}, and {event.detail}"
    if event.kind == "return" and event.detail:
        return f"{event.object} {event.detail}"
    if event.kind == "spawn":
        return f"{said} ({short(event.detail)})"
    return said.strip()


def comes(kind: str) -> str:
    """What it means that an arrival of that kind comes."""
    return _COMES.get(kind, f"its {kind} comes")


def site(event: Event, role: str = "") -> Site | None:
    if event.path in ("", "?"):
        return None
    return Site(path=event.path, line=event.line, function=event.function, role=role, event=event.number)


def place(identity: Identity) -> str:
    return f"{identity[2]}:{identity[4]}" if identity[4] else "an unknown line"


def told(constraint: Constraint, record: Record) -> tuple[str, str]:
    """-> the constraint and its opposite, as sentences without a stop."""
    held = _who(constraint.hold, record)
    if constraint.hold[1] in STANDS:
        assert constraint.until is not None
        where = "before its first line" if constraint.hold[1] == "begin" else f"at {place(constraint.hold)}"
        return f"hold {held} {where} until {_passes(constraint.until, record)}", f"{held} going on {where} before {_passes(constraint.until, record)}"
    if constraint.hold[1] == "cancel":
        assert constraint.until is not None
        after = f"right after {_passes(constraint.until, record)}"
        return f"cancel {held} {after}", f"{held} not cancelled"
    if constraint.about is not None:
        other = f"the {'timer' if constraint.about[1] == 'timer' else comes(constraint.about[1]).split()[1]} of {_who(constraint.about, record)} "
        other += "goes off" if constraint.about[1] == "timer" else "ends"
        return (
            f"hold {held} at {place(constraint.hold)} until just before {other}, in the same turn of the loop",
            f"{held} going on at {place(constraint.hold)} as soon as it can",
        )
    assert constraint.until is not None
    own = constraint.until[0] == constraint.hold[0]
    if constraint.hold[1] == "timer":
        text = f"let the timer of {held} ({place(constraint.hold)}) go off right after {_passes(constraint.until, record)}"
    elif own:
        text = f"hold what {held} waits for at {place(constraint.hold)} until {comes(_kind(constraint.until, record))} ({place(constraint.until)})"
    else:
        text = f"hold {held} at {place(constraint.hold)} until {_passes(constraint.until, record)}"
    return text, f"{held} going on at {place(constraint.hold)} before {_passes(constraint.until, record)}"


def _kind(identity: Identity, record: Record) -> str:
    coming = record.coming(identity)
    return record.events[coming.event].object if coming is not None else identity[1]


def _passes(identity: Identity, record: Record) -> str:
    if identity[1] == "end":
        return f"{_who(identity, record)} ended"
    return f"{_who(identity, record)} passed {place(identity)}"


def _who(identity: Identity, record: Record) -> str:
    actor = next((a for a in record.actors.values() if a.key == identity[0]), None)
    return who(actor) if actor is not None else identity[0]
