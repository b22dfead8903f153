"""What a stock event loop does when nothing is late: always the first option.  It counts the interesting events of the default run on the way."""

from __future__ import annotations


class Stock:
    name = "stock"

    def __init__(self) -> None:
        self.events = 0

    def begin(self, seed: int, index: int) -> None:
        self.events = 0

    def pick(self, kind: int, actors: list[int]) -> int:
        return 0

    def noticed(self, actor: int, what: str = "") -> None:
        self.events += 1

    def end(self, decisions: int) -> None:
        pass
