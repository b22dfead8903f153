"""Cause chain and timeline: from the events of the minimised run to the broken rule."""

from __future__ import annotations

from collections.abc import Sequence

from racetrap.case import Site, Violation
from racetrap.explain import words
from racetrap.explain.model import Event, Link, Moment, Ordering
from racetrap.explain.record import Record

MOST = 14
"""Lines of a timeline."""

_REASONS = {
    "acquired": "from here on the object is this task's to use",
    "returned to the pool": "from here on the pool may lend it to anybody",
    "lent to another task": "it is the other task's now, and what the first one left behind is forgotten or in the way",
    "acquired, never returned": "whoever gets it has to give it back on every path",
    "first borrower": "from here on the object is this task's to use",
    "second borrower": "the pool holds it twice, so two tasks get it at once",
    "returned again": "the pool now holds it twice",
    "cut short lease began": "from here on the object is this task's to use",
    "request sent, answer never read": "its answer is still to come on this connection",
    "answer read in another lease": "whoever has the connection now takes it for the answer to its own request",
    "waits": "nothing that is still to come wakes it",
    "cleared": "whoever looks afterwards sees nothing of it",
    "read before": "what it writes later is made of what it reads here",
    "looked at before": "what it does later rests on what it sees here",
    "written": "it rests on the look, and what came in between is overwritten",
    "left with it": "it had been handed the item, and leaves without having seen it",
    "given": "it is taken for delivered from here on",
    "given to one that was leaving": "that one has been cancelled, and will not look at what it was given",
    "was woken here and did not wake the next": "the wake-up is used up here, and nobody else gets it",
    "took the cancellation": "the CancelledError was thrown in here, and nothing came out",
    "was cancelled": "it has to end from here on",
    "waits for it": "it does not go on before that one has ended",
    "goes on": "it has been cancelled, and waits as if it had not",
    "was cancelled in the pool": "what the pool had still to do for this borrower is not done",
    "was cancelled here": "this is where the cancellation cut in",
    "waits for a slot": "the pool takes all its slots for used",
    "used the pool": "it holds a slot of the pool until its call is over",
    "raised inside": "this is where the exception comes from",
    "settled many at once": "it covers everything delivered before on that channel, whoever got it",
    "settled one of them": "it settles a message that was settled with the others",
    "settled": "the message counts as done from here on",
    "works on it afterwards": "the work begins only now; if it does not end, nobody does it again",
    "taken, never given back": "whoever waits for it has to wait for that",
    "left by cancellation": "the wake-up was given to it and reaches nobody else",
    "cancelled too late": "the item had been taken already",
    "the task was made": "whatever it takes is known to this task alone",
    "raised": "nobody handles it",
    "put into it": "the pool is closed by then, and nobody looks into it again",
    "closed the pool": "what comes afterwards is closed by nobody",
    "closed the pool, and it came afterwards": "what comes afterwards is closed by nobody",
}


def links(record: Record, violation: Violation, orderings: Sequence[Ordering] = ()) -> list[Link]:
    """The chain: what happened at the rule's own sites in the order it took effect, what was waited for in between, and the rule."""
    seen: dict[int, Link] = {}
    behind: dict[int, list[Link]] = {}
    unplaced: list[Link] = []
    told = violation.event if violation.event is not None else len(record.events)
    vain = _vain(record, told, violation)
    for site in violation.sites:
        if site.role == "called" and violation.code.startswith("USER"):
            continue  # where the exception went through: the text of the finding has it
        if vain is not None and site.role == "left by cancellation":
            mine = [e for e in record.events[vain.number : told] if e.actor == vain.actor]
            event = next((e for e in mine if e.kind in ("raise", "wait", "end")), None)
            if event is None or event.kind != "raise":
                continue  # it is told with the wake-up
        else:
            event = _event_of(site, record, vain.number if vain is not None and site.role.startswith("given") else told)
        role = site.role.partition(" (")[0]
        own = Link(text=f"{words.short(site.function)} {_PLACED_BY_ROLE.get(role, role)}", reason=_reason(role), site=site)
        if event is None:
            unplaced.append(own)
            continue
        if event.kind == "raise" and role in _CALLS:
            behind.setdefault(event.number, []).append(own)
            seen[event.number] = Link(
                text=f"{words.who(record.actors[event.actor])}: {words.what(event)}", reason="what it had still to do there is not done", events=[event.number], site=words.site(event)
            )
            continue
        who = words.who(record.actors[event.actor]) if event.function != "<module>" else "the program"
        if event.kind == "raise":
            who += ":"
        reason = _reason(site.role if site.role.endswith(" waits") else role)
        if record.actors[event.actor].kind == "thread":
            reason = reason.replace("task", "thread")
        seen[event.number] = Link(text=f"{who} {_doing(event, site.role)}", reason=reason, events=[event.number], site=site)
    for number in [n for n in seen if record.events[n].kind == "call"]:
        for link in _until_it_took_effect(record, record.events[number]):
            seen.setdefault(link.events[0], link)
    if violation.code.startswith(_SAYS_NO_ORDER):
        for link in _by_the_orders(record, told, orderings):
            seen.setdefault(link.events[0], link)
    for link in _overtaken(record, told):
        seen.setdefault(link.events[0], link)
    if vain is not None:
        for link in _woken_in_vain(record, vain, set(seen)):
            seen.setdefault(link.events[0], link)
    for link in _cancelled_by(record, list(seen)):
        seen.setdefault(link.events[0], link)
    for link in _way_out(record, violation):
        seen.setdefault(link.events[0], link)
    first = [link for link in unplaced if link.site is not None and link.site.role.partition(" (")[0] in _FIRST]
    placed = [link for n in sorted(seen) for link in (seen[n], *behind.get(n, ()))]
    chain = [*first, *placed, *(link for link in unplaced if link not in first)]
    last = [violation.event] if violation.event is not None else []
    chain.append(Link(text=f"{violation.code}: {violation.title}", reason="the rule that is broken", events=last))
    return chain


_PLACED_BY_ROLE = {
    "left with it": "is left with the item", "given to one that was leaving": "gives it to one that was leaving",
    "request sent, answer never read": "sends a request whose answer it does not read", "answer read in another lease": "reads that answer in another lease",
    "returned to the pool": "returns it to the pool", "put into it": "puts it into the pool", "closed the pool, and it came afterwards": "closes the pool, before the connection comes into it",
    "closed the pool": "closes the pool",
}
"""How a site is told that has no event of its own."""

_CALLS = ("returned to the pool", "request sent, answer never read", "returned again")
"""Roles of sites at which something is called; an exception that leaves at the same line is another thing."""


_FIRST = (
    "request sent, answer never read", "settled many at once", "settled", "cut short lease began", "first borrower", "was cancelled in the pool",
    "was cancelled here",
)
"""Sites that belong to the beginning where nothing says when they were passed."""


def _reason(role: str) -> str:
    if role in _REASONS:
        return _REASONS[role]
    if role.startswith(("settled", "used")):
        return "the call needs the object, which its task has given away"
    if role.startswith("taken"):
        return "whoever waits for it has to wait for that task"
    if role.endswith(" waits"):
        return "what it waits for does not come any more"
    if role.startswith("woken by"):
        return "this is the last time anybody is woken"
    return _REASONS.get(role, role or "part of what was seen")


def _doing(event: Event, role: str) -> str:
    if event.kind == "call":
        return f"calls {event.object}; it has begun, and has not taken effect"
    if event.kind == "wait" or role.endswith(" waits"):
        return words.what(event) if event.object else "waits here"
    if event.kind == "line":
        return f"wakes one who waits, or nobody ({role})" if role.startswith("woken by") else f"runs line {event.line} ({role})"
    return words.what(event) if event.kind not in ("wake", "start", "go") else role or words.what(event)


def _overtaken(record: Record, told: int) -> list[Link]:
    """What was written by others between a look and what rests on it."""
    found = []
    for event in record.events[:told]:
        if event.kind != "stale":
            continue
        looks = [e for e in record.events[: event.number] if e.kind == "look" and e.actor == event.actor and e.object == event.object]
        if not looks:
            continue
        between = record.events[looks[-1].number : event.number]
        others = list(dict.fromkeys(words.who(record.actors[e.actor]) for e in between if e.actor != event.actor and record.actors[e.actor].kind != "loop"))
        found.append(
            Link(
                text=f"{event.object} is changed while {words.who(record.actors[event.actor])} stands still"
                + (f": meanwhile {' and '.join(others)} ran" if others else ""),
                reason="what was seen is no longer so",
                events=[event.number],
                site=words.site(event),
            )
        )
    return found


_SAYS_NO_ORDER = ("USER", "TASK003", "TASK005", "TASK006")
"""Rules that name where it broke, and not who came in whose way."""


_EFFECTS = ("put", "get", "set", "clear", "notify", "acquire", "release", "cancel", "write")
"""What a task does that others can see."""


def _by_the_orders(record: Record, told: int, orderings: Sequence[Ordering]) -> list[Link]:
    """What was held and what it did then: the constraints' part in the chain."""
    found = []
    for ordering in orderings:
        held = record.events[ordering.held] if ordering.held is not None else None
        until = record.events[ordering.until] if ordering.until is not None else None
        for event, reason in ((until, "what is held comes only after this"), (held, "it was held until now")):
            if event is not None and event.number < told:
                who = words.who(record.actors[event.actor])
                found.append(Link(text=f"{who}: {words.what(event)}", reason=reason, events=[event.number], site=words.site(event)))
        later = [e for e in record.events[held.number + 1 : told] if e.actor == held.actor] if held is not None else []
        waits = next((n for n, e in enumerate(later) if e.kind == "wait" and e.line), None)
        if waits is None:
            continue
        who = words.who(record.actors[later[waits].actor])
        does = next((e for e in later[:waits] if e.kind in _EFFECTS), None)
        text = f"{who} {words.what(does)}" if does is not None else f"{who} goes on as far as here"
        event = does or later[waits]
        found.append(Link(text=text, reason="this is what it does when it comes so late", events=[event.number], site=words.site(event)))
    return found


def _vain(record: Record, told: int, violation: Violation) -> Event | None:
    """The wake-up in vain that a violation is about: of whoever left where it says, or else the last one."""
    if violation.code not in ("WAKE002", "ITEM002"):
        return None
    vain = [e for e in record.events[:told] if e.kind == "vain"]
    places = {(s.path, s.line) for s in violation.sites if s.role == "left by cancellation"}
    return next((e for e in reversed(vain) if (e.path, e.line) in places), vain[-1] if vain else None)


def _woken_in_vain(record: Record, event: Event, seen: set[int]) -> list[Link]:
    """Who gave a wake-up to a task that had been cancelled."""
    who = words.who(record.actors[event.actor])
    found = [Link(text=f"{who} is woken when it has been cancelled", reason="it leaves instead of going on", events=[event.number], site=words.site(event))]
    if event.after >= 0 and event.after not in seen and record.events[event.after].kind not in ("deliver", "timer"):
        giver = record.events[event.after]
        found.append(
            Link(text=f"{words.who(record.actors[giver.actor])} {words.what(giver)}", reason=f"this wakes {who}", events=[giver.number], site=words.site(giver))
        )
    return found


def _cancelled_by(record: Record, numbers: list[int]) -> list[Link]:
    """What cancelled those who leave by CancelledError, or are woken when they have been cancelled: a deadline, or somebody's call."""
    found: dict[int, Link] = {}
    for number in numbers:
        event = record.events[number]
        if event.kind != "vain" and (event.kind, event.object) != ("raise", "CancelledError"):
            continue
        asked = [e for e in record.events[:number] if e.kind == "cancel" and e.object == f"task {event.actor}"]
        if not asked:
            continue
        cause = asked[-1]
        while cause.after >= 0 and cause.kind != "timer" and (cause.actor == 0 or cause.kind == "callback"):
            cause = record.events[cause.after]
        cause = cause if cause.kind == "timer" else asked[-1]
        text = f"{words.who(record.actors[cause.actor])}{':' if cause.kind == 'timer' else ''} {words.what(cause)}"
        found[cause.number] = Link(
            text=text, reason=f"this cancels {words.who(record.actors[event.actor])}", events=[cause.number], site=words.site(cause)
        )
    return list(found.values())


def _event_of(site: Site, record: Record, end: int) -> Event | None:
    """The event that happened at a site of the violation."""
    if site.event is not None:
        return record.events[site.event]
    at = [e for e in record.events[:end] if e.path == site.path and e.line == site.line and e.kind != "violation"]
    told = [e for e in at if e.kind not in ("wake", "start")]
    if site.role == "raised" and (first := next((e for e in at if e.kind == "raise" and e.actor > 0), None)) is not None:
        return first
    if site.role.startswith("answer read"):
        told = at = [e for e in told if e.kind != "raise"]
    if site.role.startswith("waits") or site.role.endswith("waits"):
        told = [e for e in at if e.kind == "wait"]
    found = told or at
    return found[-1] if found else None


def _until_it_took_effect(record: Record, call: Event) -> list[Link]:
    """Why a call took effect later than it began, and when."""
    end = next(
        (e for e in record.events[call.number :] if e.kind == "return" and e.actor == call.actor and e.object == call.object),
        None,
    )
    if end is None or end.turn == call.turn:
        return []
    found = []
    woken = next((e for e in record.events[call.number : end.number] if e.kind == "wake" and e.actor == call.actor), None)
    cause = record.events[woken.after] if woken is not None and woken.after >= 0 else None
    if cause is not None and cause.actor != call.actor and cause.kind not in ("deliver", "timer"):
        who = words.who(record.actors[cause.actor])
        taken = next(
            (e for e in reversed(record.events[: cause.number]) if e.kind == "lock" and e.actor == cause.actor and e.object == cause.object),
            None,
        )
        if cause.kind == "unlock" and taken is not None:
            found.append(
                Link(text=f"{who} {words.what(taken)}", reason=f"whoever needs {taken.object} has to wait from here on", events=[taken.number],
                     site=words.site(taken))
            )
        found.append(
            Link(
                text=f"{who} {words.what(cause)}",
                reason=f"{words.who(record.actors[call.actor])} had to wait for that in {call.object}",
                events=[cause.number],
                site=words.site(cause),
            )
        )
    reason = f"it raised instead ({end.detail})" if end.detail else "by now the object is not what it was when the call began"
    found.append(
        Link(
            text=f"{call.object}, called by {words.who(record.actors[call.actor])}, {'ends' if end.detail else 'takes effect'}",
            reason=reason,
            events=[end.number],
            site=words.site(end),
        )
    )
    return found


def _way_out(record: Record, violation: Violation) -> list[Link]:
    """How the function that holds the resource was left, where that was watched."""
    found = []
    held = {record.events[s.event].actor: s.event for s in violation.sites if s.event is not None}
    for event in record.events:
        if event.kind == "raise" and event.actor in held and event.number > held[event.actor]:
            out = event.via[0] if event.via else (event.path, event.function, event.line)
            found.append(
                Link(
                    text=f"{words.who(record.actors[event.actor])}: {event.object} is raised at {event.path}:{event.line} "
                    f"and leaves {words.short(out[1])} at {out[0]}:{out[2]}",
                    reason="on this way out nothing gives the object back" if violation.code == "POOL005" else "the rest is not done",
                    events=[event.number],
                    site=words.site(event, "raised"),
                )
            )
            break
    return found


def timeline(record: Record, chain: list[Link], orderings: list[Ordering]) -> list[Moment]:
    """T1..Tn: the events of the chain and of the constraints, in the order in which they took effect."""
    numbers = {n for link in chain for n in link.events if n < len(record.events)}
    numbers |= {n for o in orderings for n in (o.held, o.until) if n is not None}
    ends = {}
    for number in list(numbers):
        call = record.events[number]
        if call.kind == "return":
            began = next(
                (e for e in reversed(record.events[:number]) if e.kind == "call" and e.actor == call.actor and e.object == call.object),
                None,
            )
            if began is not None:
                ends[number] = began
                if began.turn == call.turn:
                    numbers.discard(began.number)
    kept = sorted(numbers)[-MOST:]
    labels = {number: f"T{n}" for n, number in enumerate(kept, start=1)}
    moments = []
    for number in kept:
        event = record.events[number]
        began = ends.get(number)
        moments.append(
            Moment(
                label=labels[number],
                event=number,
                at=event.at,
                who=words.who(record.actors[event.actor]) if event.kind != "violation" else "rule",
                what=f"{words.what(event)}{' begins' if event.kind == 'call' else ''}",
                object=event.object if event.kind not in ("deliver", "timer", "spawn", "violation") else "",
                site=words.site(event),
                began=f"began at {labels.get(began.number, f'event {began.number}')}" if began is not None and began.turn != event.turn else "",
            )
        )
    return moments
