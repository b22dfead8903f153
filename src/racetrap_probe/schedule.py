"""Decisions: what was chosen, and how a recorded list of them is taken again.

A schedule is data (docs/protocol.md): the decisions of one execution in order, each with the number
of options there were, the one taken, and what it was called.  Option 0 is always what a
stock event loop would do, so the empty schedule is the default run.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

# Kinds of decisions.
HOLD = 0
"""A `sleep(0)` of the user's code took its place in the ready queue: keep it (0) or let it be late (1)."""
NEXT = 1
"""Which arrival comes next; the actors GO and CLOCK stand for "nothing more this turn" and "the first timer"."""
LATE = 2
"""The chosen arrival comes as early as it can (0), or just before the next thing on the clock (1)."""

ARRIVED = 3
"""No choice but a fact: that many bytes were there on a connection at that turn of the loop.  options: the turn; chosen: the bytes."""
SWITCH = 5
"""Which thread goes on; the first is the one that runs or, if it cannot, the one that has waited longest."""

PAUSE = 6
"""No choice but a fact: what came at that turn of the loop had taken its time, and the clock moved on.  options: the turn; chosen: how many steps of time."""

FAULT = 4
"""No choice but a fact: a fault struck before that turn of the loop.  options: the turn; chosen: the task or connection; actor: CANCEL, RESET, ERROR."""

# Actors that are not tasks.
GO = -1
CLOCK = -2
CANCEL = -3
RESET = -4
ERROR = -5
FAULTS = {CANCEL: "cancel task", RESET: "reset connection", ERROR: "error on connection"}
CONNECTION = -10
"""Connection number n (from 1) is CONNECTION - 2n when it can be read from, and one less when it can be written to."""

THREAD = -10_000
"""Thread number n is THREAD - n; the main thread is 0, as are the callbacks of its loop."""

KINDS = ("hold", "next", "late", "arrived", "fault", "switch", "pause")
FACTS = ("arrived:", "pause:")
"""How the labels begin of what is no choice and has its place among the choices."""


def name_of(actor: int) -> str:
    """A task or a thread, as texts call it."""
    if actor <= THREAD:
        return f"thread {THREAD - actor}"
    return f"task {actor}" if actor else "main thread"


def connection_of(actor: int) -> str:
    number, write = divmod(CONNECTION - actor, 2)
    return f"connection {number}{' can be written to' if write else ''}"


class Decision(NamedTuple):
    options: int
    chosen: int
    kind: int
    actor: int
    """The actor the chosen option belongs to."""

    def label(self) -> str:
        if self.kind == FAULT:
            return FAULTS[self.actor]
        if self.kind == ARRIVED:
            return connection_of(self.actor)
        if self.kind == PAUSE:
            return "half seconds"
        if self.kind == SWITCH:
            return name_of(self.actor)
        if self.kind == NEXT and self.actor <= THREAD:
            return f"arrival for {name_of(self.actor)}"
        if self.kind == NEXT and self.actor <= CONNECTION:
            return connection_of(self.actor)
        if self.kind == NEXT:
            return {GO: "go on", CLOCK: "clock"}.get(self.actor, f"arrival for task {self.actor}")
        if self.kind == HOLD:
            return "sleep(0) late" if self.chosen else "sleep(0) keeps its place"
        return "late to the next timer" if self.chosen else "on time"

    def as_json(self) -> list[Any]:
        return [self.options, self.chosen, f"{KINDS[self.kind]}: {self.label()}"]


class Strategy(Protocol):
    """A search policy: at most four methods, one file each in strategies/."""

    name: str

    def begin(self, seed: int, index: int) -> None:
        """A new execution starts: number `index` of the portfolio of `seed`."""

    def pick(self, kind: int, actors: list[int]) -> int:
        """Choose one of `actors` (their order is the stock order; 0 is the default) -> its index."""

    def noticed(self, actor: int, what: str = "") -> None:
        """An interesting event: a lease began or ended, a lock was taken, a resource was called.  what: the resource; "" where it has no name."""

    def end(self, decisions: int) -> None:
        """The execution is over and had that many decisions."""


_FAULT_NAMES = {f"fault: {name}": kind for kind, name in FAULTS.items()}


class Replay:
    """Takes recorded decisions; afterwards the default.

    A decision whose number of options or name differs from the record is a divergence: it is
    kept (the first one only) and the run goes on with the default, so that it ends.
    """

    name = "replay"

    def __init__(self, recorded: list[list[Any]], keep_sleep0: bool = False) -> None:
        self.recorded = [item for item in recorded if not item[2].startswith("fault: ")]
        self.faults = [(item[0], _FAULT_NAMES[item[2]], item[1]) for item in recorded if item[2].startswith("fault: ")]
        """(turn, kind, target) of each; they are facts, not choices."""
        self.keep_sleep0 = keep_sleep0
        self.at = 0
        self.diverged: dict[str, Any] | None = None

    def begin(self, seed: int, index: int) -> None:
        self.at = 0

    def pick(self, kind: int, actors: list[int]) -> int:
        at = self.at
        if not self.diverged and not self.keep_sleep0:
            while at < len(self.recorded) and self.recorded[at][2].startswith(FACTS):
                self.diverge(f"a decision at {KINDS[kind]}")
                at = self.at = self.at + 1
        self.at = at + 1
        if at >= len(self.recorded) or (self.diverged and not self.keep_sleep0):
            return 0
        options, chosen, label = self.recorded[at]
        if kind == HOLD and self.keep_sleep0:
            return 0
        got = Decision(len(actors), chosen, kind, actors[chosen]).as_json() if chosen < len(actors) else None
        if got != [options, chosen, label] and self.diverged is None:
            seen = f"{label} of {options}"
            names = ", ".join(Decision(len(actors), i, kind, a).label() for i, a in enumerate(actors))
            self.diverged = {"decision": at, "expected": seen, "got": f"{KINDS[kind]}: one of [{names}]"}
            return min(chosen, len(actors) - 1) if self.keep_sleep0 else 0
        return int(chosen)

    @property
    def goes_on(self) -> bool:
        """Does the record still say what comes?"""
        return self.diverged is None and self.at < len(self.recorded)

    @property
    def says_what_comes(self) -> bool:
        """Is the next thing in the record something that came over a connection?"""
        return self.goes_on and self.recorded[self.at][2].startswith("arrived: ")

    def next_arrival(self, turn: int) -> tuple[int, int, list[int]] | None:
        """What the record says came over a connection at this turn: (actor, bytes, bytes of what comes later on the same connection)."""
        if not self.goes_on:
            return None
        at_turn, size, label = self.recorded[self.at]
        if not label.startswith("arrived: ") or at_turn > turn:
            return None
        self.at += 1
        number, _, write = label.removeprefix("arrived: connection ").partition(" ")
        return (
            CONNECTION - 2 * int(number) - bool(write),
            size,
            [later for _, later, its in self.recorded[self.at :] if its == label],
        )

    def next_pause(self, turn: int) -> int:
        """Steps of time the record says passed before what came at this turn was there."""
        if not self.goes_on or self.recorded[self.at][::2] != [turn, "pause: half seconds"]:
            return 0
        self.at += 1
        return int(self.recorded[self.at - 1][1])

    def diverge(self, got: str) -> None:
        """The run cannot follow the record any more."""
        if self.diverged is None:
            at = min(self.at, max(0, len(self.recorded) - 1))
            expected = f"{self.recorded[at][2]} of {self.recorded[at][0]}" if self.recorded else "the default run"
            self.diverged = {"decision": at, "expected": expected, "got": got}

    def noticed(self, actor: int, what: str = "") -> None:
        pass

    def end(self, decisions: int) -> None:
        if self.diverged is None and self.at < len(self.recorded):
            options, _, label = self.recorded[self.at]
            self.diverged = {"decision": self.at, "expected": f"{label} of {options}", "got": "the end of the run"}
