"""What a stock event loop does when nothing is late: always the first option."""

from __future__ import annotations


class Stock:
    name = "stock"

    def begin(self, seed: int, index: int) -> None:
        pass

    def pick(self, kind: int, actors: list[int]) -> int:
        return 0

    def noticed(self, actor: int, what: str = "") -> None:
        pass

    def end(self, decisions: int) -> None:
        pass
