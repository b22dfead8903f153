"""PCT: random priorities and d - 1 random change points.

Source: Burckhardt, Kothari, Musuvathi, Nagarakatte, "A Randomized Scheduler with Probabilistic
Guarantees of Finding Bugs", ASPLOS 2010.  The actors are the tasks that wait for arrivals, the
ready queue (GO) and the clock (CLOCK): an actor with a low priority gets its arrivals
as late as the model permits, which starves it behind everything else.

A change point is a place where an actor falls below all others.  `pct` places them as the paper does, before the k-th
decision (the actor that would have been picked falls); `pct-events` right behind the k-th interesting event, a lease that
begins or ends, a lock taken, a call on a resource (the actor that did it falls): most bugs need one task to stand still just there.

The paper draws change points from the whole length of a run.  Runs under other schedules are longer or shorter than the default one, and what matters
often comes early, so the horizon is drawn too: 4, 8, 16, ... up to about twice the default run's length (`Portfolio.scale`).
"""

from __future__ import annotations

from random import Random

INF = float("inf")
REDRAW = 255
"""After that many decisions all priorities are drawn anew: a ticker that never ends would starve an actor below it for good."""


class Pct:
    def __init__(self, at_events: bool = False) -> None:
        self.name = "pct-events" if at_events else "pct"
        self.at_events = at_events
        self.length = 64
        """Decisions, or events, of the default run, as far as that is known."""

    def begin(self, seed: int, index: int) -> None:
        rng = Random(seed * 1_000_003 + index)
        self.random = rng.random
        self.priority: dict[int, float] = {}
        self.step = 0
        self.low = 0.0
        depth = 1 + index // 5 % 3
        horizon = 4 << int(self.random() * max(2, (self.length // 2).bit_length()))
        places = {int(self.random() * horizon) for _ in range(depth)}
        self.changes = set() if self.at_events else places
        self.events = places if self.at_events else set()
        self.seen = 0

    def pick(self, kind: int, actors: list[int]) -> int:
        if self.step & REDRAW == REDRAW:
            self.priority.clear()
        priority = self.priority
        best, highest = 0, -INF
        for i, actor in enumerate(actors):
            mine = priority.get(actor)
            if mine is None:
                mine = priority[actor] = self.random()
            if mine > highest:
                best, highest = i, mine
        if self.step in self.changes:
            self.low -= 1.0
            priority[actors[best]] = self.low
            self.step += 1
            return self.pick(kind, actors)
        self.step += 1
        return best

    def noticed(self, actor: int, what: str = "") -> None:
        if self.seen in self.events:
            self.low -= 1.0
            self.priority[actor] = self.low
        self.seen += 1

    def end(self, decisions: int) -> None:
        pass
