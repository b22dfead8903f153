"""Random walk: every decision by the dice, with dice that differ from run to run.

A uniform walk rarely keeps a run close to normal long enough to reach a bug that needs one
late arrival in a quiet program, and rarely strays far enough for one that needs many.  So
each run first draws how often it stays with the default, and how readily it is late.
"""

from __future__ import annotations

from random import Random

from ..schedule import HOLD, LATE

_STAY = (0.0, 0.0, 0.3, 0.6, 0.9)
_LATE = (0.02, 0.1, 0.25, 0.5, 0.75)


class RandomWalk:
    name = "random"

    def begin(self, seed: int, index: int) -> None:
        self.random = Random(seed * 1_000_003 + index).random
        self.stay = _STAY[int(self.random() * len(_STAY))]
        self.hold = _LATE[int(self.random() * len(_LATE))]
        self.late = _LATE[int(self.random() * len(_LATE))]

    def pick(self, kind: int, actors: list[int]) -> int:
        draw = self.random()
        if kind in (HOLD, LATE):
            return 1 if draw < (self.hold if kind == HOLD else self.late) else 0
        if draw < self.stay:
            return 0
        return int(self.random() * len(actors))

    def noticed(self, actor: int, what: str = "") -> None:
        pass

    def end(self, decisions: int) -> None:
        pass
