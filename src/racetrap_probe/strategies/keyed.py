"""Some of a record's choices, found again by who had to choose.

A choice is [kind, first, n, taken]: at the nth decision of that kind whose first option belongs to the actor `first`, the option of the actor `taken`
was taken.  All others are the default.  So one choice can be left out without moving the others, as a list of decisions would be.
"""

from __future__ import annotations

from collections import Counter


class Keyed:
    """The given choices, otherwise the default order."""

    name = "keyed"

    def __init__(self, choices: list[list[int]]) -> None:
        self.choices = {(kind, first, n): taken for kind, first, n, taken in choices}
        self.seen: Counter[tuple[int, int]] = Counter()

    def begin(self, seed: int, index: int) -> None:
        self.seen.clear()

    def pick(self, kind: int, actors: list[int]) -> int:
        key = kind, actors[0]
        self.seen[key] += 1
        taken = self.choices.get((*key, self.seen[key]))
        return actors.index(taken) if taken in actors else 0

    def noticed(self, actor: int, what: str = "") -> None:
        pass

    def end(self, decisions: int) -> None:
        pass
