"""What an explanation is made of.  Data first; every text, page and file is a view of it."""

from __future__ import annotations

from typing import Any

from racetrap.case import Data

Identity = tuple[str, str, str, str, int, int]
"""(actor's key, kind, path, function, line, n): how an event or an arrival is known again in another run (the probe's book.py)."""


class Constraint(Data, frozen=True, kw_only=True):
    """Hold one arrival or timer until an event of somebody else, or (about) until just before another arrival or timer."""

    hold: Identity
    until: Identity | None = None
    about: Identity | None = None

    def as_command(self) -> dict[str, Any]:
        """As the probe takes it."""
        return {"hold": self.hold, "until": self.until} if self.until is not None else {"hold": self.hold, "about": self.about}


class Event(Data, frozen=True, kw_only=True):
    """Something an execution did."""

    number: int
    at: float
    """Virtual seconds."""
    turn: int
    kind: str
    actor: int
    object: str = ""
    path: str = ""
    line: int = 0
    function: str = ""
    after: int = -1
    """The event that led to it; -1: none that was seen."""
    n: int = 1
    detail: str = ""
    via: tuple[tuple[str, str, int], ...] = ()
    """The lines of the user's code that called that place, innermost first: (path, function, line)."""
