"""The statement whose place in its own task's order is wrong, where the rule knows it."""

from __future__ import annotations

from collections.abc import Sequence

from racetrap.case import Site, Violation
from racetrap.explain import likely
from racetrap.explain.model import Ordering, Root
from racetrap.explain.record import Record

_KNOWN: dict[str, tuple[str | tuple[str, ...], str]] = {
    "ACK001": ("returned to the pool", "it gives the connection away before the message is settled: it has to come after the settle"),
    "POOL001": ("returned to the pool", "it gives the object away before its task has done with it: it has to come after the last use"),
    "POOL002": ("returned again", "it returns what its task had returned already: it has to go"),
    "POOL003": ("returned to the pool", "it returns an object whose exchange was cut short: it has to close or reset it on that path"),
    "POOL004": ("returned to the pool", "it returns a connection on which an answer is still to come: it has to close or reset it on that path"),
    "ATOM001": ("written", "it is done on the strength of a look that is over: it has to look again right before, or look and write need one lock"),
    "WAKE005": ("woken by", "it wakes one waiter, whichever that is: it has to wake all of them, or those who wait for different things need conditions of their own"),
    "ACK004": ("settled", "it settles the message before its work is done: it has to come after that"),
    "ACK005": ("settled many", "it settles whatever was delivered before, to other consumers too: it has to settle its own, one by one"),
    "ACK006": ("settled after", "it strikes off a message that is anybody's by now: what it put back it must not settle"),
    "POOL006": (
        ("was cancelled in the pool", "was being returned"),
        "it is cut short here, and nothing on this way out gives the slot back",
    ),
    "ITEM002": (
        "given to one that was leaving",
        "it gives the item to one that is leaving already: it has to pass over those, or whoever leaves has to hand the item on",
    ),
    "WAKE002": (
        ("was woken here and did not wake the next", "left by cancellation"),
        "whoever leaves here after having been woken has to wake the next one first",
    ),
    "WAKE004": ("taken, never given back", "what is taken here is not given back on every way out"),
    "TASK003": ("took the cancellation", "a cancellation that somebody else asked for ends here: it has to be raised again"),
    "TASK005": ("raised", "it raises in a callback, where nobody can handle it, and what the callback had still to do is not done"),
    "TASK006": ("raised", "it ends the thread, and what the thread had still to do is not done"),
    "WAKE003": ("cleared", "it comes after the look it belongs before: what is set in between is forgotten"),
    "POOL008": ("put into it", "it puts a connection into the pool that is closed by now: it has to look whether it is, under the lock close() takes"),
    "ITEM001": ("cancelled too late", "it comes when the item has been taken: the task's result has to be looked at"),
}
"""By code: the role (or roles, the first that is there) of the violation's site that is the root, and why."""


def root_of(record: Record, violation: Violation, orderings: Sequence[Ordering] = ()) -> Root:
    """The root site, or why it is not known.  orderings: those that were proved to be causes."""
    if violation.code == "POOL005":
        return _missing_release(record, violation)
    if violation.code == "USER001" and (found := likely.root(record, violation, orderings)) is not None:
        return found
    known = _KNOWN.get(violation.code)
    roles = () if known is None else (known[0],) if isinstance(known[0], str) else known[0]
    site = next((s for role in roles for s in violation.sites if s.role.startswith(role)), None)
    if known is None or site is None:
        return Root(known=False, why=f"unknown: {violation.code} says what is broken, and not which statement stands in the wrong place")
    return Root(known=True, why=known[1], site=site)


def _missing_release(record: Record, violation: Violation) -> Root:
    """Where the borrower was left without giving back what it held."""
    acquired = violation.sites[0] if violation.sites else None
    if acquired is None or acquired.event is None:
        return Root(known=False, why="unknown: the borrower's way out was not seen")
    began = record.events[acquired.event]
    for event in record.events[began.number :]:
        if event.actor != began.actor:
            continue
        if event.kind == "raise":
            path, function, line = event.via[0] if event.via else (event.path, event.function, event.line)
            return Root(
                known=True,
                why=f"the release is missing on the error path: {event.object} leaves {function} here and nothing gives the object back",
                site=Site(path=path, line=line, function=function, role="left without a release", event=event.number),
                raised=Site(path=event.path, line=event.line, function=event.function, role="raised", event=event.number),
            )
        if event.kind == "leave" and event.object == acquired.function:
            return Root(
                known=True,
                why="the release is missing on this path: the function returns and nothing gives the object back",
                site=Site(path=event.path, line=event.line, function=event.function, role="left without a release", event=event.number),
            )
    return Root(known=False, why="unknown: the borrower's way out was not seen")
