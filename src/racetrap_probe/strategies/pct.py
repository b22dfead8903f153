"""PCT: random priorities and d - 1 random change points.

Source: Burckhardt, Kothari, Musuvathi, Nagarakatte, "A Randomized Scheduler with Probabilistic
Guarantees of Finding Bugs", ASPLOS 2010.  The actors are the tasks that wait for arrivals, the
ready queue (GO) and the clock (CLOCK): an actor with a low priority gets its arrivals
as late as the model permits, which starves it behind everything else.  Before a change
point's decision the actor with the highest priority among the options falls below all others.
"""

from __future__ import annotations

from random import Random


class Pct:
    name = "pct"


    def begin(self, seed: int, index: int) -> None:
        rng = Random(seed * 1_000_003 + index)
        self.random = rng.random
        self.priority: dict[int, float] = {}
        self.step = 0
        self.low = 0.0
        # The horizon is drawn too, not learned: what determines a run is (seed, index) alone.
        depth = index // 2 % 3
        horizon = 4 << int(self.random() * 6)
        self.changes = {int(self.random() * horizon) for _ in range(depth)}

    def pick(self, kind: int, actors: list[int]) -> int:
        priority = self.priority
        for actor in actors:
            if actor not in priority:
                priority[actor] = self.random()
        best = 0
        for i in range(1, len(actors)):
            if priority[actors[i]] > priority[actors[best]]:
                best = i
        if self.step in self.changes:
            self.low -= 1.0
            priority[actors[best]] = self.low
            self.step += 1
            return self.pick(kind, actors)
        self.step += 1
        return best

    def end(self, decisions: int) -> None:
        pass
