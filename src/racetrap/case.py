"""The case: what a hunt found out, as data.

Every renderer, the finding directories and `--json` are views of `Report`.  All structs are
frozen; a stage makes new ones.  The field names are public: they are the `--json` schema
(`SCHEMA`), and an added field is the only change that keeps its number.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

SCHEMA = 1
"""Version of `--json` and of finding.json."""

SCHEDULE_FORMAT = 1
"""Version of schedule files; the same number as the probe's `FORMAT`."""

VerdictName = Literal["violated", "holds-within-bounds", "inconclusive", "workload-failed"]
AssumptionKind = Literal["late", "sleep0", "deadline", "fault", "switch"]
StockState = Literal["confirmed", "not-confirmed", "not-tried"]
ProofState = Literal["suspected", "reproduced", "explained", "fixed"]
Mode = Literal["in-process", "fork"]

EXIT_CODES: dict[VerdictName, int] = {
    "holds-within-bounds": 0,
    "violated": 1,
    "workload-failed": 2,
    "inconclusive": 3,
}


class Data(msgspec.Struct, frozen=True, kw_only=True):
    """Base of everything that is written down."""


class Site(Data, frozen=True, kw_only=True):
    """A place in source code; `path` is relative to the project's root where it lies below it."""

    path: str
    line: int
    function: str = ""
    role: str = ""
    """What happens there in this finding: acquires, releases, settles, ..."""
    event: int | None = None
    """Of a recorded run: the number of the event that happened there."""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


class Violation(Data, frozen=True, kw_only=True):
    """One oracle broken in one execution."""

    code: str
    title: str
    key: str
    """Equal for equal causes: what findings are grouped by."""
    certain: bool = True
    resource: str = ""
    sites: list[Site] = []
    detail: list[str] = []
    event: int | None = None
    """Of a recorded run: the number of the event with which it was told."""
    sleep0: bool = False
    """The execution took some `sleep(0)` for I/O: it may depend on their order alone."""


class Assumption(Data, frozen=True, kw_only=True):
    """What a finding takes for granted about the world."""

    kind: AssumptionKind
    site: str
    by: str = ""


class Uncontrolled(Data, frozen=True, kw_only=True):
    """Something that ran without the scheduler's hand on it."""

    what: str
    site: str = ""


class Origin(Data, frozen=True, kw_only=True):
    """Where in the portfolio a schedule comes from."""

    name: str = "default"
    seed: int = 0
    index: int = 0


class Schedule(Data, frozen=True, kw_only=True):
    """The decisions that fix one execution (docs/protocol.md, "A schedule")."""

    format: int = SCHEDULE_FORMAT
    unit: str = ""
    strategy: Origin = Origin()
    latency: float = 1.0
    roles: dict[str, Any] = {}
    decisions: list[list[Any]] = []


class Divergence(Data, frozen=True, kw_only=True):
    """The first decision at which a replay differed from its record."""

    decision: int
    expected: str
    got: str


class Workload(Data, frozen=True, kw_only=True):
    """The user's command, with what it takes to start it again."""

    command: list[str]
    """As it is started, interpreter resolved."""
    given: list[str]
    """As the user typed it."""
    cwd: str
    root: str
    environment: dict[str, str] = {}
    """The few variables that decide which code runs; never the whole environment."""
    python: str = ""
    """Version and path of the interpreter that said hello."""
    reset: str = ""
    """The command that puts back what is kept outside of the program, before each schedule."""
    also: list[str] = []
    """Installed packages whose code counts as the user's own."""
    asked_python: str = ""
    """What `--python` was given, as typed."""


class Note(Data, frozen=True, kw_only=True):
    """Something worth knowing that is no finding: never changes the exit code."""

    text: str
    code: str = ""
    unit: str = ""
    sites: list[Site] = []


class Failure(Data, frozen=True, kw_only=True):
    """A unit that does not pass under the default schedule."""

    unit: str
    what: str
    text: str = ""
    """Its own traceback or the tail of its own output."""
    threads: bool = False
    """It has threads, and another order of them may pass."""
    doubt: str = ""
    """Why this may be racetrap's doing and not the unit's own; empty: it fails by itself."""


class Finding(Data, frozen=True, kw_only=True):
    """All violations with one cause, with a schedule that reproduces them."""

    id: str
    code: str
    title: str
    sites: list[Site]
    replayed: tuple[int, int]
    """(how many replays showed it again, how many there were), each in a fresh fork."""
    assumes: list[Assumption]
    schedule: str
    """Path of the schedule file; empty where it could not be written."""
    stock: StockState = "not-tried"
    stock_tries: tuple[int, int] = (0, 0)
    """(how many runs on an unmodified event loop showed it, how many there were)."""
    stock_on: Literal["loop", "threads"] = "loop"
    """What ran there: asyncio's own loop with the same things late, or free threads, delayed where they had stood still."""
    proof_state: ProofState = "reproduced"
    unit: str = ""
    also_in: list[str] = []
    """Other units that showed the same cause."""
    key: str = ""
    resource: str = ""
    detail: list[str] = []
    exception: str = ""
    """Traceback of the workload's own failure, for USER findings."""
    found_after: dict[str, float] = {}
    """`schedules` and `seconds` of the hunt when it was first seen, and its `index` in the portfolio."""
    diverged: Divergence | None = None
    """Where the first replay that did not show it left the record."""


class Bounds(Data, frozen=True, kw_only=True):
    """How far the search went: what "nothing found" is worth."""

    units: int = 0
    collected: int = 0
    """Units there are; more than `units` when there are too many of them (`--max-units`)."""
    without_choices: int = 0
    """Units in which nothing was open: one execution is all there is."""
    schedules_per_unit: dict[str, int] = {}
    seed: int = 0
    latency: float = 1.0
    strategies: list[str] = []
    mode: dict[str, str] = {}
    """unit -> "in-process", or "fork: why"."""
    jobs: int = 1
    most_turns: int = 0
    most_decisions: int = 0
    asked: dict[str, float] = {}
    """The budget: `seconds` and `schedules`."""
    inject: list[str] = []
    faults: int = 0
    """How many injected faults could strike in one schedule."""
    startup_seconds: float = 0.0
    """From the start of the command to the start of the search."""
    ended: str = ""
    """What ended the search: schedules, seconds, first (a finding, and one was all that was asked for) or interrupted."""


class Report(Data, frozen=True, kw_only=True):
    """Everything a hunt says; `--json` prints exactly this."""

    schema: int = SCHEMA
    verdict: VerdictName
    schedules: int
    seconds: float
    seed: int
    bounds: Bounds
    uncontrolled: list[Uncontrolled] = []
    notes: list[Note] = []
    findings: list[Finding] = []
    depends_on_sleep0: list[Finding] = []
    """USER findings that vanish when every `sleep(0)` keeps its place: not counted."""
    failures: list[Failure] = []
    notices: list[str] = []
    workload: Workload
    racetrap: str = ""

    @property
    def exit_code(self) -> int:
        return EXIT_CODES[self.verdict]


def as_json(data: Data) -> bytes:
    """`data` as indented JSON with a newline at the end."""
    return msgspec.json.format(msgspec.json.encode(data), indent=2) + b"\n"
