"""Where everything of the swimlanes stands: a lane for each task and each leased resource, a row for each event, time downwards.

Geometry only; the template draws it.  Units are SVG user units, pixels at normal size.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from racetrap.explain import words
from racetrap.explain.model import Event, Explanation
from racetrap.explain.record import STEPS
from racetrap.report.inert import inert

LANE = 34
ROW = 24
TOP = 128
LEFT = 22
MOST_ROWS = 90
MOST_LANES = 14
COLOURS = 6


@dataclass(frozen=True)
class Lane:
    label: str
    x: int
    top: int
    bottom: int
    colour: int
    resource: bool


@dataclass(frozen=True)
class Bar:
    """A lease, in its resource's lane."""

    x: int
    top: int
    bottom: int
    colour: int
    title: str


@dataclass(frozen=True)
class Dot:
    number: int
    cause: int | None
    """The event that led to it, if it is drawn."""
    x: int
    y: int
    label: str
    place: str
    colour: int
    important: bool


@dataclass(frozen=True)
class Arrow:
    x1: int
    y1: int
    x2: int
    y2: int


@dataclass
class Swimlanes:
    width: int
    height: int
    text_x: int
    lanes: list[Lane] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)
    dots: list[Dot] = field(default_factory=list)
    arrows: list[Arrow] = field(default_factory=list)
    left_out: int = 0


def lay_out(made: Explanation) -> Swimlanes:
    """The picture of the minimised run, cut to what the explanation speaks of."""
    important = {n for link in made.chain for n in link.events} | {m.event for m in made.timeline}
    shown, left_out = _shown(made, important)
    actors = list(dict.fromkeys(e.actor for e in shown if e.kind != "violation"))
    actors.sort(key=abs)
    resources = sorted({e.object for e in shown if e.kind in ("acquire", "release")})[:MOST_LANES]
    rows = {e.number: TOP + ROW * at for at, e in enumerate(shown)}
    column = {actor: LEFT + LANE * at for at, actor in enumerate(actors)}
    places = {name: LEFT + LANE * (len(actors) + at) + LANE // 2 for at, name in enumerate(resources)}
    text_x = LEFT + LANE * (len(actors) + len(resources)) + (LANE // 2 if resources else 0)
    height = TOP + ROW * len(shown) + 12
    colour = {actor: at % COLOURS for at, actor in enumerate(actors)}
    picture = Swimlanes(width=text_x + 660, height=height, text_x=text_x, left_out=left_out)
    for actor in actors:
        mine = [rows[e.number] for e in shown if e.actor == actor and e.kind != "violation"]
        picture.lanes.append(Lane(inert(words.who(made.actor(actor))), column[actor], min(mine), max(mine), colour[actor], False))
    for name in resources:
        picture.lanes.append(Lane(inert(name), places[name], TOP - 6, height - 10, 0, True))
        picture.bars += _bars(made, name, places[name], rows, colour, height - 10)
    for event in shown:
        cause = _drawn_cause(made.events, event, rows)
        x = column.get(event.actor, LEFT)
        who = inert(words.short(made.actor(event.actor).name))
        label = f"{inert(event.object)} is broken" if event.kind == "violation" else f"{inert(words.brief(made.actor(event.actor)))}{f' {who}' if event.actor and made.actor(event.actor).kind != 'connection' else ''} {inert(words.what(event))}"
        place = f"{inert(event.path.rpartition('/')[2])}:{event.line}" if event.line else ""
        picture.dots.append(
            Dot(event.number, cause, x, rows[event.number], label, place, colour.get(event.actor, 0), event.number in important)
        )
        if cause is not None and made.events[cause].actor != event.actor:
            picture.arrows.append(Arrow(column.get(made.events[cause].actor, LEFT), rows[cause], x, rows[event.number]))
    return picture


def _shown(made: Explanation, important: set[int]) -> tuple[list[Event], int]:
    """The events drawn, and how many between them are not."""
    if not important:
        told = [e for e in made.events if e.kind not in STEPS]
        return told[:MOST_ROWS], len(told[MOST_ROWS:])
    actors = {made.events[n].actor for n in important if n < len(made.events)}
    objects = {made.events[n].object.partition(".")[0] for n in important if n < len(made.events) and made.events[n].object}
    first, last = min(important), min(max(important), len(made.events) - 1)
    told = [e for e in made.events[first : last + 1] if e.kind not in STEPS or e.number in important]
    near = [e for e in told if e.number in important or e.actor in actors or e.object.partition(".")[0] in objects]
    for narrower in (near, [e for e in near if e.kind not in ("lock", "unlock", "notify", "put", "get")], []):
        if len(told) > MOST_ROWS:
            told = [e for e in told if e in narrower or e.number in important]
    total = sum(1 for e in made.events[first : last + 1] if e.kind not in STEPS)
    return told[: 2 * MOST_ROWS], max(0, total - len(told))


def _drawn_cause(events: list[Event], event: Event, rows: dict[int, int]) -> int | None:
    after = event.after
    while after >= 0 and after not in rows:
        after = events[after].after
    return after if after >= 0 else None


def _bars(made: Explanation, name: str, x: int, rows: dict[int, int], colour: dict[int, int], bottom: int) -> list[Bar]:
    """The leases of one resource, as far as they lie between the rows that are drawn."""
    bars, held = [], None
    first = min(rows)

    def row(number: int) -> int:
        return next((y for n, y in rows.items() if n >= number), bottom)

    for event in made.events:
        if event.object != name or event.kind not in ("acquire", "release"):
            continue
        if held is not None and event.number > first:
            bars.append(Bar(x, row(max(held.number, first)), row(event.number), colour.get(held.actor, 0), _lease(made, name, held)))
        held = event if event.kind == "acquire" else None
    if held is not None and held.number <= max(rows):
        bars.append(Bar(x, row(max(held.number, first)), bottom, colour.get(held.actor, 0), _lease(made, name, held)))
    return bars


def _lease(made: Explanation, name: str, held: Event) -> str:
    return f"{inert(name)} lent to {inert(words.who(made.actor(held.actor)))}"
