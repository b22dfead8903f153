"""Keeps a set of ordering constraints, and leaves everything else to another strategy.

A constraint is data:

    {"hold": item, "until": identity}      that arrival or timer comes only after that event, and then at once
    {"hold": item, "about": item}          that arrival comes just before that other arrival or timer, in the same turn

    {"hold": [actor's key, "cancel", ...], "until": identity}      a fault: that task is cancelled right after that event; "reset" or "error": of a connection

Where the item is a place at which a thread stands, that thread goes no further until the event, and then goes on at the next point at which threads can change.

with items and identities as `book` makes them: [actor's key, kind, path, function, line, n].  "At once" is what makes a few constraints
enough: what was held joins the very next turn of the loop.  What has not been held longer than it takes by itself is in no hurry.

A constraint can fail to be kept: nothing else can go on (then what is held comes all the same, "broken"), or the item or the event
never comes ("absent").  `kept` says so for each; a run in which one was not kept shows nothing about it.
"""

from __future__ import annotations

from typing import Any

from ..engine import IMMINENT
from ..faults import strike
from ..schedule import CLOCK, CONNECTION, FAULTS, HOLD, LATE, NEXT, SWITCH, THREAD, Strategy

Item = tuple[Any, ...]
STRIKES = {name.split()[0]: kind for kind, name in FAULTS.items()}


class Ordered:
    name = "ordered"

    def __init__(self, constraints: list[dict[str, Any]], rest: Strategy) -> None:
        self.constraints = [(tuple(c["hold"]), tuple(c["until"]) if "until" in c else None, tuple(c.get("about", ()))) for c in constraints]
        self.rest = rest
        self.engine: Any = None

    def attach(self, engine: Any) -> None:
        """The engine of the execution; it keeps a book."""
        self.engine = engine
        engine.book.heard = self._happened
        if any(hold[1] in STRIKES for hold, _, _ in self.constraints):
            engine.faults = self

    def begin(self, seed: int, index: int) -> None:
        self.rest.begin(seed, index)
        self.kept = ["absent"] * len(self.constraints)
        self.waits: dict[Item, set[int]] = {}
        """By what is held: the constraints it waits for."""
        self.about: dict[Item, Item] = {}
        self.until: dict[Item, list[int]] = {}
        self.held: set[Item] = set()
        self.late: Item | None = None
        self.strikes: list[int] = []
        """Faults whose moment has come."""
        for number, (hold, until, about) in enumerate(self.constraints):
            self.held.add(hold)
            if until is not None:
                self.waits.setdefault(hold, set()).add(number)
                self.until.setdefault(until, []).append(number)
            else:
                self.about[hold] = about
                self.waits.setdefault(hold, set())

    def _happened(self, identity: Item) -> None:
        for number in self.until.get(identity, ()):
            hold = self.constraints[number][0]
            self.waits[hold].discard(number)
            if hold[1] in STRIKES and self.kept[number] == "absent":
                self.strikes.append(number)
        if identity in self.held:
            unmet = self.waits[identity]
            for number, (hold, until, _) in enumerate(self.constraints):
                if hold == identity and until is not None and self.kept[number] == "absent":
                    self.kept[number] = "broken" if number in unmet else "kept"

    def turn(self, engine: Any, asyncio_loop: Any) -> None:
        """Before a turn of the loop: strike what is to strike now."""
        while self.strikes:
            number = self.strikes.pop(0)
            key, kind = self.constraints[number][0][:2]
            target = next((n for n, known in engine.book.keys.items() if known == key), 0)
            if kind != "cancel":
                target = (CONNECTION - target) // 2
            self.kept[number] = "kept" if strike(engine, asyncio_loop, STRIKES[kind], target) else "absent"

    # --------------------------------------------------------------- decisions
    def pick(self, kind: int, actors: list[int]) -> int:
        if kind == NEXT:
            return self._next(actors)
        if kind == SWITCH:
            return self._switch(actors)
        if kind == HOLD:
            item = self.engine.asked
            if item in self.held:
                return 1 if self.waits[item] or item in self.about else 0
            return self.rest.pick(kind, actors)
        if self.late is not None:
            self.late = None
            return 1
        return self.rest.pick(LATE, actors)

    def _switch(self, actors: list[int]) -> int:
        workers = self.engine.world.workers
        free = []
        for at, actor in enumerate(actors):
            stand = workers[THREAD - actor if actor else 0].stand
            if stand not in self.held:
                free.append(at)
            elif not self.waits[stand]:
                return at  # it was held, and may go on now
        if len(free) < 2:
            return free[0] if free else 0
        return free[self.rest.pick(SWITCH, [actors[at] for at in free])]

    def _next(self, actors: list[int]) -> int:
        options, timer = self.engine.offered
        self.late = None
        item_of, now = self.engine.book.item_of, self.engine.now + IMMINENT
        items = [item_of(o) if o is not None else item_of(timer) if actor == CLOCK else None
                 for o, actor in zip(options, actors, strict=True)]
        due = [o.due if o is not None else timer._when - IMMINENT if actor == CLOCK else now for o, actor in zip(options, actors, strict=True)]
        free = []
        for at, item in enumerate(items):
            if item in self.held:
                target = self.about.get(item) if item is not None else None
                if target is not None and target in items and due[items.index(target)] <= now and due[at] <= now and not self.waits[item]:
                    self._just_before(item)
                    return at  # what it is to come just before is about to come
                if self.waits[item] or target is not None:
                    continue
                if due[at] <= now:  # it was held, and may come now
                    return self._first_what_comes_just_before(items, at)
            free.append(at)
        if not free:
            return next((at for at, item in enumerate(items) if item in self.about and not self.waits[item] and self._just_before(item)), 0)
        chosen = free[self.rest.pick(NEXT, [actors[at] for at in free])] if len(free) > 1 else free[0]
        return self._first_what_comes_just_before(items, chosen)

    def _first_what_comes_just_before(self, items: list[Item | None], chosen: int) -> int:
        target = items[chosen]
        for at, item in enumerate(items):
            if item is not None and target is not None and self.about.get(item) == target and not self.waits[item]:
                self._just_before(item)
                return at
        return chosen

    def _just_before(self, item: Item) -> bool:
        """This one comes now, and as late as it can before the next thing on the clock."""
        self.late = item
        for number, (hold, until, _) in enumerate(self.constraints):
            if hold == item and until is None:
                self.kept[number] = "kept"
        del self.about[item]
        return True

    def noticed(self, actor: int, what: str = "") -> None:
        self.rest.noticed(actor, what)

    def end(self, decisions: int) -> None:
        self.rest.end(decisions)
