"""POS: partial order sampling.  Every event draws a priority when it comes up, the highest of those that can happen happens, and what races with it draws anew.

Source: Yuan, Yang, Gu, "Partial Order Aware Concurrency Sampling", CAV 2018.  An event is an actor's next arrival or step; GO and CLOCK are events as
well.  What the next event of an actor will touch is not known before it happens, so two events are taken to race when the one that
happened was interesting (a lease, a lock, a call on a resource) and the other's actor has met an interesting event before.
"""

from __future__ import annotations

from random import Random


class Pos:
    name = "pos"

    def begin(self, seed: int, index: int) -> None:
        self.random = Random(seed * 1_000_003 + index).random
        self.priority: dict[int, float] = {}
        self.touched: set[int] = set()

    def pick(self, kind: int, actors: list[int]) -> int:
        priority = self.priority
        best, highest = 0, -1.0
        for i, actor in enumerate(actors):
            mine = priority.get(actor)
            if mine is None:
                mine = priority[actor] = self.random()
            if mine > highest:
                best, highest = i, mine
        del priority[actors[best]]  # the actor's next event is another one
        return best

    def noticed(self, actor: int) -> None:
        for other in self.touched:
            if other != actor:
                self.priority.pop(other, None)
        self.touched.add(actor)

    def end(self, decisions: int) -> None:
        pass
