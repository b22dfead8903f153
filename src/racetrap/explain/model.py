# ruff: noqa: RUF012 - msgspec makes a new list for each object
"""What an explanation is made of.  Data first; every text, page and file is a view of it."""

from __future__ import annotations

from typing import Any, Literal

from racetrap.case import Data, Finding, Site, Workload

EXPLANATION = 1
"""Version of explanation.json."""

FEW = 4
"""A set of more constraints is shown with the reason."""

Identity = tuple[str, str, str, str, int, int]
"""(actor's key, kind, path, function, line, n): how an event or an arrival is known again in another run (the probe's book.py)."""


class Constraint(Data, frozen=True, kw_only=True):
    """Hold one arrival or timer until an event of somebody else, or (about) until just before another arrival or timer.

    What is held can be a place at which a thread stands ("line", "point", "blocks", "begin"): it goes no further until the event.
    Where the held thing's kind is "cancel" ("reset", "error") it is a fault: that task is cancelled (that connection struck) right after the event.
    """

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
    """Virtual seconds since the run began."""
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


Kind = Literal["task", "thread", "connection", "loop"]

FIRST_THREAD = -10_000
"""Thread n is actor number FIRST_THREAD - n, as in the probe; the main thread is 0."""


class Actor(Data, frozen=True, kw_only=True):
    """Who does something: a task, a thread, or a connection over which something comes."""

    number: int
    key: str
    """Its name in every run: coroutine names from the main task down, each with its number among its equals."""
    name: str
    parent: int = 0
    kind: Kind = "task"


class Count(Data, frozen=True, kw_only=True):
    """So many of so many runs failed."""

    shown: int
    of: int

    def __str__(self) -> str:
        return f"{self.shown:,} of {self.of:,}"


class Ordering(Data, frozen=True, kw_only=True):
    """One constraint of the minimal set, told and tried."""

    constraint: Constraint
    text: str
    """Hold ... until ..."""
    reverse: str
    """The opposite order, told."""
    held: int | None = None
    """The event with which the held one came, in the minimised run."""
    until: int | None = None
    """The event it waited for."""
    with_it: Count
    """Runs under the whole set, each continued differently."""
    reversed: Count
    """Runs with this order the other way round."""
    unkept: int = 0
    """Runs in which the opposite order could not be made; they are not counted."""
    left_open: bool = False
    """The opposite order cannot be made or does not cure it: `reversed` counts runs in which it is left open."""
    cause: bool = True
    """Reversing it cured the failure, or at least halved it, beyond chance; otherwise it is noise."""


class Point(Data, frozen=True, kw_only=True):
    """P(violation | the first `kept` decisions are kept)."""

    kept: int
    shown: int
    of: int
    low: float
    high: float
    """Of the 95 % interval (Wilson)."""


class Curve(Data, frozen=True, kw_only=True):
    """How likely the failure becomes as the run's decisions are made."""

    points: list[Point]
    decisions: int
    """Of the minimised run."""
    jump: int | None = None
    """The decision (counted from 1) that raises it most; None: it does not rise."""
    label: str = ""
    """What that decision was."""
    event: int | None = None
    exact: bool = False
    """Its neighbours were measured too; otherwise it lies somewhere between the two points around it."""


class Link(Data, frozen=True, kw_only=True):
    """One step of the cause chain."""

    text: str
    reason: str
    events: list[int] = []
    site: Site | None = None


class Moment(Data, frozen=True, kw_only=True):
    """One line of the timeline."""

    label: str
    """T1, T2, ..."""
    event: int
    at: float
    who: str
    what: str
    object: str = ""
    site: Site | None = None
    began: str = ""
    """Of a call that began earlier: when."""


class Root(Data, frozen=True, kw_only=True):
    """The statement whose place in its own task's order is wrong."""

    known: bool
    why: str
    site: Site | None = None
    raised: Site | None = None
    """Where the exception comes from on whose way the statement is missing."""


class Sibling(Data, frozen=True, kw_only=True):
    """Another place with the same pattern: suspected, nothing was run."""

    site: Site
    why: str
    command: str
    """What would prove it."""


class Step(Data, frozen=True, kw_only=True):
    """One line of a run, for two runs side by side."""

    who: str
    what: str
    place: str = ""


class Difference(Data, frozen=True, kw_only=True):
    """The failing run and the nearest passing one, from their first difference."""

    common: int
    """Steps that are the same before it."""
    failing: list[Step] = []
    passing: list[Step] = []
    without: str = ""
    """What was left out to make it pass."""


class Explanation(Data, frozen=True, kw_only=True):
    """explanation.json."""

    schema: int = EXPLANATION
    racetrap: str = ""
    finding: Finding
    workload: Workload
    unit: str = ""
    complete: bool = True
    """The constraints are minimal and canonical; otherwise the budget was used up before."""
    why_not: str = ""
    """Why there are no constraints although something must be late."""
    orderings: list[Ordering] = []
    noise: list[Ordering] = []
    """Orders that were needed for the run but whose reversal does not cure it."""
    causes_alone: Count | None = None
    """Where noise was dropped: runs in which only the rest was held."""
    minimised_from: int = 0
    """Constraints that describe the run that was minimised."""
    base: Count
    """Runs with nothing held, each continued differently."""
    wild: Count
    """Schedules of the search (fixed seed) that show it."""
    counterfactual: str = ""
    curve: Curve | None = None
    chain: list[Link] = []
    timeline: list[Moment] = []
    root: Root
    siblings: list[Sibling] = []
    difference: Difference | None = None
    replays: Count
    """Of the minimised run, each from a fresh fork."""
    actors: list[Actor] = []
    events: list[Event] = []
    """Of the minimised run."""
    files: dict[str, str] = {}
    """Where the installed code lies that has a part in it."""
    decisions: list[list[Any]] = []
    """Of the minimised run: a schedule."""
    latency: float = 1.0
    """How late a sleep could be, virtual seconds."""
    runs: int = 0
    seconds: float = 0.0
    mode: str = ""
    notices: list[str] = []

    def actor(self, number: int) -> Actor:
        return next((a for a in self.actors if a.number == number), Actor(number=number, key="?", name="?"))
