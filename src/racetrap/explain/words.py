"""How events, actors and constraints are said."""

from __future__ import annotations

from racetrap.case import Site
from racetrap.explain.model import FIRST_THREAD, Actor, Constraint, Event, Identity
from racetrap.explain.record import FAULTS, STANDS, Record

_WHAT = {
    "acquire": "gets {o}", "release": "returns {o}", "call": "calls {o}", "return": "{o} takes effect", "lock": "takes {o}",
    "unlock": "gives back {o}", "set": "sets {o}", "clear": "clears {o}", "notify": "notifies {o}", "put": "puts into {o}", "get": "takes from {o}",
    "start": "begins", "callback": "its {o} is handed over", "wake": "goes on", "wait": "waits", "end": "ends", "spawn": "starts {o}", "cancel": "cancels {o}", "fault": "is struck: {o}",
    "raise": "{o} is raised", "leave": "leaves {o}", "go": "goes on", "look": "looks at {o}", "stale": "no longer sees {o} as it is", "write": "writes {o}", "vain": "is woken when it has been cancelled", "line": "runs this line", "violation": "{o} is broken",
}
_COMES = {"sleep": "its sleep ends", "sleep0": "its sleep(0) ends", "timer": "its timer goes off", "deadline": "its deadline passes", "network": "what came over it is delivered",
          "executor": "the result of its job comes"}


_WRITABLE = " can be written to"


def who(actor: Actor) -> str:
    """`task 5 (Consumer._work)`."""
    if actor.kind == "loop":
        return "the event loop"
    if actor.kind == "connection":
        return actor.name.removesuffix(_WRITABLE)
    if actor.kind == "thread":
        return f"thread {FIRST_THREAD - actor.number} ({short(actor.name)})" if actor.number else "the main thread"
    return f"{actor.kind} {actor.number} ({short(actor.name)})"


def brief(actor: Actor) -> str:
    """Without what it runs: `task 5`."""
    if actor.kind == "thread":
        return f"thread {FIRST_THREAD - actor.number}" if actor.number else "main thread"
    return who(actor) if actor.kind == "connection" else f"{actor.kind} {actor.number}" if actor.number else "loop"


def short(name: str) -> str:
    """The last two parts of a qualified name."""
    parts = [p for p in name.split(".") if p != "<locals>"]
    return ".".join(parts[-2:])


def what(event: Event) -> str:
    """What the actor does."""
    if event.kind in ("deliver", "timer"):
        return "it can be written to" if event.object == "network" and event.actor % 2 else comes(event.object)
    said = _WHAT.get(event.kind, event.kind + " {o}").format(o=event.object)
    if event.kind == "end" and event.detail:
        return "ends cancelled" if event.detail == "cancelled" else f"ends, having {event.detail}"
    if event.kind == "fault" and event.detail in ("", "cancel"):
        return "is cancelled from outside"
    if event.kind == "wait" and event.object:
        return f"waits for {event.object}"
    if event.kind == "raise":
        return f"{said}, and {event.detail}"
    if event.kind == "return" and event.detail:
        return f"{event.object} {event.detail}"
    if event.kind == "spawn":
        return f"{said} ({short(event.detail)})" if event.detail else said
    return said.strip()


def comes(kind: str) -> str:
    """What it means that an arrival of that kind comes."""
    return _COMES.get(kind, f"its {kind} comes")


def site(event: Event, role: str = "") -> Site | None:
    """Where it happened; None where that says nothing: what comes over a connection is everybody's."""
    if event.path in ("", "?") or event.object == "network":
        return None
    if event.kind in ("deliver", "timer") and event.via:
        path, function, line = event.via[0]
        return Site(path=path, line=line, function=function, role=role, event=event.number)
    return Site(path=event.path, line=event.line, function=event.function, role=role, event=event.number)


def place(identity: Identity, record: Record) -> str:
    if identity in record.whence:
        path, _, line = record.whence[identity]
        return f"{path}:{line}"
    return f"{identity[2]}:{identity[4]}" if identity[4] else "an unknown line"


def told(constraint: Constraint, record: Record) -> tuple[str, str]:
    """-> the constraint and its opposite, as sentences without a stop."""
    held = _who(constraint.hold, record)
    if constraint.hold[1] in STANDS:
        assert constraint.until is not None
        where = "before its first line" if constraint.hold[1] == "begin" else f"at {place(constraint.hold, record)}"
        return f"hold {held} {where} until {_passes(constraint.until, record)}", f"{held} going on {where} before {_passes(constraint.until, record)}"
    if constraint.hold[1] in FAULTS:
        assert constraint.until is not None
        after = f"right after {_passes(constraint.until, record)}"
        if constraint.hold[1] != "cancel":
            how = "reset" if constraint.hold[1] == "reset" else "let the next read or write fail of"
            return f"{how} {held} {after}", f"no fault on {held}"
        return f"cancel {held} {after}", f"{held} not cancelled"
    if constraint.about is not None:
        other = f"the {'timer' if constraint.about[1] == 'timer' else comes(constraint.about[1]).split()[1]} of {_who(constraint.about, record)} "
        other += "goes off" if constraint.about[1] == "timer" else "ends"
        return (
            f"hold {_news(constraint.hold, record) if constraint.hold[1] == 'network' else f'{held} at {place(constraint.hold, record)}'} until just before {other}, in the same turn of the loop",
            f"{held} going on at {place(constraint.hold, record)} as soon as it can",
        )
    assert constraint.until is not None
    if constraint.hold[1] == "network":
        what_came = _news(constraint.hold, record)
        return f"hold {what_came} until {_passes(constraint.until, record)}", f"{what_came} delivered before {_passes(constraint.until, record)}"
    own = constraint.until[0] == constraint.hold[0]
    if constraint.hold[1] == "timer":
        text = f"let the timer of {held} ({place(constraint.hold, record)}) go off right after {_passes(constraint.until, record)}"
    elif own:
        text = f"hold what {held} waits for at {place(constraint.hold, record)} until {comes(_kind(constraint.until, record))} ({place(constraint.until, record)})"
    else:
        text = f"hold {held} at {place(constraint.hold, record)} until {_passes(constraint.until, record)}"
    return text, f"{held} going on at {place(constraint.hold, record)} before {_passes(constraint.until, record)}"


def _kind(identity: Identity, record: Record) -> str:
    coming = record.coming(identity)
    return record.events[coming.event].object if coming is not None else identity[1]


def _nth(number: int) -> str:
    return {1: "first", 2: "second", 3: "third"}.get(number, f"{number}th")


def _news(identity: Identity, record: Record) -> str:
    """What comes over a connection, or that it can be written to."""
    name = identity[0]
    time = f"for the {_nth(identity[5])} time"
    return f"the news that {name} {time}" if name.endswith(_WRITABLE) else f"what comes over {name} {time}"


def _passes(identity: Identity, record: Record) -> str:
    if identity[1] == "network":
        return f"{_news(identity, record)} was delivered"
    if identity[1] == "end":
        return f"{_who(identity, record)} ended"
    if identity[4] == 0:
        return f"{_who(identity, record)} {_WHAT.get(identity[1], identity[1]).format(o='it')}"
    return f"{_who(identity, record)} passed {place(identity, record)}"


def _who(identity: Identity, record: Record) -> str:
    actor = next((a for a in record.actors.values() if a.key == identity[0]), None)
    return who(actor) if actor is not None else identity[0]
