"""Takes the first decisions of a record, and leaves everything after them to another strategy."""

from __future__ import annotations

from typing import Any

from ..schedule import Replay, Strategy


class Prefix:
    name = "prefix"

    def __init__(self, recorded: list[list[Any]], rest: Strategy) -> None:
        self.record = Replay(recorded)
        self.rest = rest

    def begin(self, seed: int, index: int) -> None:
        self.record.begin(seed, index)
        self.rest.begin(seed, index)

    @property
    def diverged(self) -> Any:
        return self.record.diverged

    @property
    def goes_on(self) -> bool:
        """Does the record still say what comes over connections?"""
        return self.record.goes_on

    @property
    def says_what_comes(self) -> bool:
        return self.record.says_what_comes

    def next_arrival(self, turn: int) -> Any:
        return self.record.next_arrival(turn)

    def next_pause(self, turn: int) -> int:
        return self.record.next_pause(turn)

    def diverge(self, got: str) -> None:
        self.record.diverge(got)

    def pick(self, kind: int, actors: list[int]) -> int:
        if self.record.at < len(self.record.recorded) and self.record.diverged is None:
            return self.record.pick(kind, actors)
        return self.rest.pick(kind, actors)

    def noticed(self, actor: int, what: str = "") -> None:
        self.rest.noticed(actor, what)

    def end(self, decisions: int) -> None:
        self.rest.end(decisions)
