"""POS: every event that could come next has a random priority, the highest comes, and events that race with it draw anew.

Source: Yuan, Yang, Gu, "Partial Order Aware Concurrency Sampling", CAV 2018.  A random walk weighs schedules by how many steps they have, and so
rarely keeps one event back for long; here one draw decides how an event stands to all others, and a schedule's probability follows the partial
order of what races, not the number of steps that have nothing to do with it.

An event is the next thing of its actor: an arrival for a task, a thread's next step, the ready queue (GO), the first timer (CLOCK).  Taken, its actor's next event
draws a new priority.  Which events race with it is known only afterwards, when what it did is noticed (a lease, a lock, a call on a resource): a pending event races with
it if its actor used the same thing before, for what an event will touch nobody knows before it runs.  So an actor's first use of a thing counts as racing with
nobody; the paper, which sees each thread's next instruction, redraws there too.
"""

from __future__ import annotations

from random import Random

from ..schedule import HOLD, LATE
from .pct import REDRAW


class Pos:
    name = "pos"

    def begin(self, seed: int, index: int) -> None:
        self.random = Random(seed * 1_000_003 + index).random
        self.step = 0
        self.priority: dict[int, float] = {}
        """Of each actor's next event."""
        self.users: dict[str, set[int]] = {}
        """Who used a thing so far."""

    def pick(self, kind: int, actors: list[int]) -> int:
        priority = self.priority
        if self.step & REDRAW == REDRAW:
            priority.clear()
        self.step += 1
        best, highest = 0, -1.0
        for at, actor in enumerate(actors):
            mine = priority.get(actor)
            if mine is None:
                mine = priority[actor] = self.random()
            if mine > highest:
                best, highest = at, mine
        if kind == LATE:
            del priority[actors[0]]  # it comes in any case, and its actor has another event next
        elif kind != HOLD or not best:
            del priority[actors[best]]
        return best  # a `sleep(0)` kept back stays the event it was; nothing else has come for that

    def noticed(self, actor: int, what: str = "") -> None:
        users = self.users.setdefault(what, set())
        for other in users:
            if other != actor:
                self.priority.pop(other, None)
        users.add(actor)

    def end(self, decisions: int) -> None:
        pass
