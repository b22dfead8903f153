"""Threads that wait for somebody by looking again and again: time passes while they do, or he would never come."""

from __future__ import annotations

from typing import Any

from .engine import INF

STEP = 0.001
"""Virtual seconds that pass while all that can run have run for long; twice as many the next time, until something comes."""
LONG = 3_000
"""Moves of the clock a program that goes on and on is given, in stock order, to end."""


def alone(world: Any) -> None:
    """A thread runs and runs and nobody else can: time passes meanwhile."""
    engine = world.engine
    if engine.quiet and world.dying:
        return
    world.moves += 1
    if world.moves > LONG:
        world.gives_up("a thread runs without getting anywhere")
    if engine.pending or world._scheduled:
        me = world.running
        world.ready.append(me)  # it could go on: what is due by now may come, and the clock may move
        world.ready.remove(me)
        world.advance()
        if world.ready:
            world.give_way()
    else:
        engine.now += 0.001


def together(world: Any) -> None:
    """All that can run have run for long: if they wait for somebody by looking again and again, only time lets him come."""
    engine, ready = world.engine, world.ready
    world.spun = 0
    if engine.quiet and world.dying:
        return
    first = min([a.due for a in engine.pending], default=INF)
    if world._scheduled:
        first = min(first, world._scheduled[0]._when)
    if engine.now + world.step < first:
        engine.now += world.step
        world.step = min(1.0, 2 * world.step)
        return
    world.step = STEP
    world.ready = []  # what comes next comes now, whoever could go on
    try:
        engine.boundary(world)
        for worker in list(world.loops):
            if worker.loop._ready or worker.loop._stopping:
                world.poke(worker.loop)
    finally:
        ready.extend(world.ready)
        world.ready = ready
