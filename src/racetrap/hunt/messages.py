"""What the probe says, as types (docs/protocol.md).  Unknown fields are ignored: a newer probe may say more."""

from __future__ import annotations

from typing import Any

import msgspec

from racetrap.case import Assumption, Divergence, Schedule, Site, Uncontrolled, Violation
from racetrap.errors import ProbeFault


class Message(msgspec.Struct, frozen=True, kw_only=True, tag_field="msg"):
    """Base of all of them."""


class Hello(Message, frozen=True, kw_only=True, tag="hello"):
    """The first Python has taken the job."""

    pid: int
    python: list[int]
    executable: str
    argv: list[str]


class Notice(Message, frozen=True, kw_only=True, tag="notice"):
    """Something was switched off or noticed: one sentence."""

    text: str


class Collected(Message, frozen=True, kw_only=True, tag="collected"):
    """All units have been handed over."""

    units: int
    left_out: int = 0
    """Tests beyond the most units a job allows."""


class Refused(Message, frozen=True, kw_only=True, tag="refused"):
    """The job cannot be done."""

    text: str
    fix: str = ""


class UnitReady(Message, frozen=True, kw_only=True, tag="unit"):
    """A fork server stands just before the unit's first event loop or test body."""

    unit: str
    kind: str
    pid: int
    notices: list[str] = []
    watched: str = ""
    """How the run that was watched to learn roles went: passed, failed, unended."""
    uncontrolled: list[Uncontrolled] = []
    """What was there at the fork point already."""


class Raised(msgspec.Struct, frozen=True):
    """The exception that left the workload."""

    type: str
    message: str = ""
    sites: list[Site] = []
    text: str = ""


class RunResult(Message, frozen=True, kw_only=True, tag="result"):
    """One execution."""

    id: int
    outcome: str
    exit: int | None = None
    signal: int | None = None
    exception: Raised | None = None
    slow_world: bool = False
    violations: list[Violation] = []
    digest: str = ""
    turns: int = 0
    virtual_seconds: float = 0.0
    choices: int = 0
    decisions: list[list[Any]] = []
    roles: dict[str, Any] = {}
    diverged: Divergence | None = None
    assumes: list[Assumption] = []
    uncontrolled: list[Uncontrolled] = []
    servers: list[str] = []
    """Other ends of real connections that are not in the workload itself."""
    threads: int = 0
    """Threads it started under control."""
    packages: list[str] = []
    """Installed packages whose functions these ran."""
    heard: bool = False
    """Another process said something over a socket."""
    unheard: list[str] = []
    """Real servers that were asked, where nothing was heard from any."""
    resized: int = 0
    """Answers of a replay that were longer or shorter than the recorded ones."""
    events: list[list[Any]] = []
    timing: dict[str, Any] = {}
    """What came when (only of a full run): what a run on the stock runtime makes late."""
    book: dict[str, Any] = {}
    """Of a recorded run: "rows" and "actors", as the probe's book.py says."""

    def violation(self, key: str) -> Violation | None:
        """The violation of that cause, if this execution showed it."""
        return next((v for v in self.violations if v.key == key), None)


class SearchProgress(Message, frozen=True, kw_only=True, tag="progress"):
    """A search goes on."""

    id: int
    runs: int
    seconds: float = 0.0
    mode: str = ""
    why: str = ""
    uncontrolled: list[Uncontrolled] = []
    servers: list[str] = []


class Found(Message, frozen=True, kw_only=True, tag="found"):
    """A search met a violation of a new key."""

    id: int
    index: int
    violation: Violation
    schedule: Schedule
    seconds: float = 0.0


class SearchDone(Message, frozen=True, kw_only=True, tag="done"):
    """A search is over."""

    id: int
    runs: int
    seconds: float = 0.0
    mode: str = ""
    why: str = ""
    uncontrolled: list[Uncontrolled] = []
    servers: list[str] = []
    unheard: int = 0
    """Schedules that asked a real server and heard nothing from any."""
    unheard_last: int = 0
    """Those of them that came last."""
    unheard_servers: list[str] = []
    cut_off: int = 0
    """Schedules that did not end in their time, after a real server had been silent for so long that clients give a connection up."""
    reason: str = "count"
    steps: int = 0
    decisions: int = 0
    strategies: list[str] = []
    index: int = -1
    """Where it "crashed": the schedule that was running."""
    text: str = ""
    """What went wrong in the worker itself."""


class TrialsReady(Message, frozen=True, kw_only=True, tag="ready"):
    """A worker for trials is there."""

    id: int
    mode: str
    why: str = ""


class Tried(Message, frozen=True, kw_only=True, tag="tried"):
    """One trial."""

    id: int
    n: int
    outcome: str
    keys: list[str]
    """Of the certain violations it showed."""
    kept: list[str] = []
    """For each constraint: kept, broken, absent."""
    choices: int = 0
    deviations: int = 0
    """Choices that were not the stock loop's."""
    turns: int = 0
    cpu: float = 0.0
    """Processor seconds, those of ended forks included."""
    result: RunResult | None = None


ControlMessage = Notice | Collected | Refused
Answer = RunResult | SearchProgress | Found | SearchDone | TrialsReady | Tried
AnyMessage = Hello | UnitReady | Notice | Collected | Refused | RunResult | SearchProgress | Found | SearchDone | TrialsReady | Tried

_decoder: msgspec.json.Decoder[AnyMessage] = msgspec.json.Decoder(AnyMessage)


def decode(line: bytes) -> AnyMessage:
    """One line of the probe.

    Raises:
        ProbeFault: it is no message of the contract.
    """
    try:
        return _decoder.decode(line)
    except msgspec.MsgspecError as error:
        shown = line[:200].decode("utf-8", "backslashreplace").strip()
        raise ProbeFault(f"the probe sent what is no message ({error}): {shown!r}") from error
