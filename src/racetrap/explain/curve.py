"""P(violation | the first k decisions kept): when was the bug baked in?"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from racetrap.explain.lab import Lab, Trial
from racetrap.explain.model import Curve, Point
from racetrap.explain.record import Record
from racetrap.explain.wilson import interval

FIRST = 13
"""Places the curve is measured at before the jump is looked for."""
RUNS = 10
"""Runs at each place, to begin with."""


async def likelihood(lab: Lab, decisions: list[list[Any]], record: Record, over: Callable[[], bool]) -> Curve | None:
    """Measure it, in process; None where there is nothing to decide.

    What is left open is continued nearly in the default order.  The places are spread evenly, then the interval with the greatest rise is
    halved until its ends are neighbours, then the runs at the places around it are multiplied while there is time.
    """
    total = len(decisions)
    if total == 0 or over():
        return None
    lab.set_base(decisions)
    seen: dict[int, list[int]] = {}

    async def measure(kept: int, runs: int = RUNS) -> None:
        have = seen.setdefault(kept, [0, 0])
        tried = await lab.run([Trial(keep=kept, rest=("calm", 1000 + have[1] + n)) for n in range(runs)])
        have[0] += sum(lab.fails(t) for t in tried)
        have[1] += len(tried)

    await measure(0)
    for kept in (total, *sorted({round(n * total / (FIRST - 1)) for n in range(1, FIRST - 1)} - {0, total})):
        if over() and total in seen:
            break
        await measure(kept)
        if kept == total and seen[0] == seen[total]:
            break  # it is decided before the first decision
    jump = _steepest(seen)
    while jump is not None and jump[1] - jump[0] > 1 and not over():
        middle = (jump[0] + jump[1]) // 2
        await measure(middle)
        low, high = (_rate(seen[k]) for k in jump)
        jump = (middle, jump[1]) if high - _rate(seen[middle]) >= _rate(seen[middle]) - low else (jump[0], middle)
    while jump is not None and not over() and seen[jump[0]][1] < 4 * RUNS:
        for kept in jump:
            await measure(kept)
    points = [
        Point(kept=kept, shown=s, of=n, low=round(interval(s, n)[0], 4), high=round(interval(s, n)[1], 4))
        for kept, (s, n) in sorted(seen.items())
    ]
    if jump is None:
        return Curve(points=points, decisions=total)
    coming = next((c for c in record.comings if c.decisions >= jump[1]), None)
    return Curve(
        points=points,
        decisions=total,
        jump=jump[1],
        label=str(decisions[jump[1] - 1][2]),
        event=coming.event if coming is not None else None,
        exact=jump[1] - jump[0] == 1,
    )


def _rate(seen: list[int]) -> float:
    return seen[0] / seen[1]


def _steepest(seen: dict[int, list[int]]) -> tuple[int, int] | None:
    """The neighbouring places with the greatest rise; None where nothing rises."""
    places = sorted(seen)
    rises = [(_rate(seen[b]) - _rate(seen[a]), -b, a) for a, b in itertools.pairwise(places)]
    rise, later, earlier = max(rises, default=(0.0, 0, 0))
    return (earlier, -later) if rise > 0 else None
