"""The minimised run as a trace: Chrome's JSON format, which Perfetto reads.

One process of tasks with a track each, one of leased resources with a track each; a slice for each step of a task and for each lease, an
instant for each event, and flow arrows where one actor's event led to another's.
Format: "Trace Event Format", Google, 2016.  Times are microseconds; events at one virtual moment are drawn one after the other.
"""

from __future__ import annotations

from typing import Any

import msgspec

from racetrap.explain import words
from racetrap.explain.model import Event, Explanation
from racetrap.report.inert import inert

_TASKS, _RESOURCES = 1, 2


def render(made: Explanation) -> str:
    """The trace as text."""
    times = moments(made.events)
    rows: list[dict[str, Any]] = [
        {"ph": "M", "name": "process_name", "pid": _TASKS, "args": {"name": "tasks and threads"}},
        {"ph": "M", "name": "process_name", "pid": _RESOURCES, "args": {"name": "leased resources"}},
    ]
    rows += [
        {"ph": "M", "name": "thread_name", "pid": _TASKS, "tid": abs(actor.number), "args": {"name": inert(words.who(actor))}}
        for actor in made.actors
    ]
    rows += _steps(made, times)
    rows += _leases(made, times)
    rows += _arrows(made, times)
    return msgspec.json.encode({"traceEvents": rows, "displayTimeUnit": "ms"}).decode()


def moments(events: list[Event]) -> list[float]:
    """When each is drawn, microseconds: virtual time, one microsecond apart where it stands still."""
    times: list[float] = []
    now = -1.0
    for event in events:
        now = max(now + 1.0, event.at * 1e6)
        times.append(now)
    return times


def _steps(made: Explanation, times: list[float]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    begun: dict[int, Event] = {}
    for event in made.events:
        name, at = inert(words.what(event)), times[event.number]
        where = {"at": f"{inert(event.path)}:{event.line}", "event": event.number, "detail": inert(event.detail)}
        if event.kind in ("start", "wake"):
            begun[event.actor] = event
        elif event.kind in ("wait", "end") and event.actor in begun:
            start = begun.pop(event.actor)
            rows.append(
                {"ph": "X", "pid": _TASKS, "tid": abs(event.actor), "ts": times[start.number], "dur": at - times[start.number] + 0.5,
                 "name": inert(words.short(start.function)), "args": {"from": f"{inert(start.path)}:{start.line}", **where}}
            )
        else:
            rows.append({"ph": "i", "s": "t", "pid": _TASKS, "tid": abs(event.actor), "ts": at, "name": name, "args": where})
    return rows


def _leases(made: Explanation, times: list[float]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    tracks: dict[str, int] = {}
    held: dict[str, Event] = {}
    last = times[-1] if times else 0.0

    def close(name: str, start: Event, end: float) -> None:
        rows.append(
            {"ph": "X", "pid": _RESOURCES, "tid": tracks[name], "ts": times[start.number], "dur": max(0.5, end - times[start.number]),
             "name": inert(words.who(made.actor(start.actor))), "args": {"event": start.number}}
        )

    for event in made.events:
        if event.kind == "acquire":
            if event.object not in tracks:
                tracks[event.object] = len(tracks) + 1
                rows.append({"ph": "M", "name": "thread_name", "pid": _RESOURCES, "tid": tracks[event.object], "args": {"name": inert(event.object)}})
            if event.object in held:
                close(event.object, held[event.object], times[event.number])
            held[event.object] = event
        elif event.kind == "release" and event.object in held:
            close(event.object, held.pop(event.object), times[event.number])
    for name, start in held.items():
        close(name, start, last)
    return rows


def _arrows(made: Explanation, times: list[float]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for event in made.events:
        if not 0 <= event.after < event.number:
            continue
        cause = made.events[event.after]
        if cause.actor == event.actor:
            continue
        common = {"cat": "order", "name": "led to", "id": event.number, "pid": _TASKS}
        rows.append({**common, "ph": "s", "tid": abs(cause.actor), "ts": times[cause.number]})
        rows.append({**common, "ph": "f", "bp": "e", "tid": abs(event.actor), "ts": times[event.number]})
    return rows
