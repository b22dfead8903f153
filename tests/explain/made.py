"""An explanation made by hand, of a run with three events worth telling."""

from __future__ import annotations

from typing import Any

import msgspec

from racetrap.case import Finding, Site, Workload
from racetrap.explain.model import (
    Actor,
    Constraint,
    Count,
    Curve,
    Event,
    Explanation,
    Link,
    Moment,
    Ordering,
    Point,
    Root,
)


def finding(**changes: Any) -> Finding:
    made = Finding(
        id="F1", code="ACK001", title="message settled after its Connection was returned", key="ACK001:x",
        sites=[
            Site(path="app.py", line=3, function="work", role="returned to the pool"),
            Site(path="app.py", line=4, function="work", role="settled afterwards (ack)"),
        ],
        replayed=(10, 10), assumes=[], schedule=".racetrap/findings/F1/schedule.json", stock="confirmed", stock_tries=(3, 3), unit="app.py",
        resource="Connection",
    )
    return msgspec.structs.replace(made, **changes)


def explanation(root: str = "/nowhere", **changes: Any) -> Explanation:
    events = [
        Event(number=0, at=0.0, turn=1, kind="acquire", actor=2, object="Connection #1", path="app.py", line=2, function="work"),
        Event(number=1, at=0.5, turn=2, kind="release", actor=2, object="Connection #1", path="app.py", line=3, function="work", after=0),
        Event(number=2, at=0.5, turn=3, kind="acquire", actor=3, object="Connection #1", path="app.py", line=2, function="work", after=1),
        Event(number=3, at=0.5, turn=3, kind="violation", actor=3, object="ACK001", after=2),
    ]
    hold = ("main#1/work#1", "sleep", "app.py", "work", 2, 1)
    ordering = Ordering(
        constraint=Constraint(hold=hold, until=("main#1/work#2", "lock", "app.py", "work", 2, 1)), text="hold task 2 until task 3 passed",
        reverse="task 2 before task 3", held=1, until=2, with_it=Count(shown=20, of=20), reversed=Count(shown=0, of=20),
    )
    made = Explanation(
        finding=finding(), workload=Workload(command=["python", "app.py"], given=["python", "app.py"], cwd=root, root=root), unit="app.py",
        orderings=[ordering], minimised_from=7, base=Count(shown=1, of=40), wild=Count(shown=9, of=60),
        counterfactual="With task 2 first, 0 of 20 schedules fail.",
        curve=Curve(
            points=[Point(kept=0, shown=1, of=10, low=0.02, high=0.4), Point(kept=4, shown=10, of=10, low=0.7, high=1.0)],
            decisions=4, jump=4, label="next: arrival for task 2", exact=False,
        ),
        chain=[
            Link(text="task 2 returns Connection #1", reason="from here on", events=[1], site=Site(path="app.py", line=3, function="work")),
            Link(text="ACK001: broken", reason="the rule that is broken", events=[3]),
        ],
        timeline=[
            Moment(label="T1", event=1, at=0.5, who="task 2 (work)", what="returns", site=Site(path="app.py", line=3, function="work")),
            Moment(label="T2", event=2, at=0.5, who="task 3 (work)", what="gets", site=Site(path="app.py", line=2, function="work")),
        ],
        root=Root(known=True, why="it comes too early", site=Site(path="app.py", line=3, function="work")),
        replays=Count(shown=10, of=10),
        actors=[Actor(number=n, key=f"main#1/work#{n}", name="work") for n in (2, 3)],
        events=events, decisions=[[2, 1, "next: arrival for task 2"]] * 4, runs=100, seconds=1.0, mode="in-process",
    )
    return msgspec.structs.replace(made, **changes)
