"""A controlled thread that stays in something that is not ours: a blocking socket, a pipe, a process it waits for, a lock of a C library.

It has the baton and gives it to nobody.  A watchdog (a thread of ours, that runs none of the program's code) notices that nothing moves while somebody
else could run, lists where the thread stands, and hands the baton on.  When the thread comes back it queues up like any other.
What C code does with the interpreter's lock held cannot be watched: everything, this included, stands still meanwhile, and goes on afterwards.
"""

from __future__ import annotations

import _thread
from typing import Any

from . import clock, current, same_process, sites

WHAT = "a thread that waits in something that is not ours"
PATIENCE = 1.0
"""Real seconds without any progress after which it is taken to be so."""
STEP = 0.1
GIVE_UP = 5.0
"""Real seconds everybody else waits for it, when nobody else can run."""

_watching = 0
_start: Any = None


def watchdogs() -> int:
    """How many threads of this process are ours."""
    return int(_watching == same_process.real())


def watch() -> None:
    """See to it that this process is watched."""
    global _watching
    if _watching != same_process.real():
        _watching = same_process.real()
        _start(_watch, ())


def not_watched() -> None:
    """This process is thrown away soon."""
    global _watching
    _watching = same_process.real()


def start(function: Any) -> None:
    """A thread of ours."""
    _start(function, ())


def install(start: Any) -> None:
    """start: the interpreter's own start_new_thread."""
    global _start
    _start = start


def _watch() -> None:
    seen: Any = None
    still = 0.0
    mine = same_process.real()
    while same_process.real() == mine:
        clock.real_sleep(STEP)
        world = current.world
        if world is None:
            still = 0.0
            continue
        now = world, world.steps(), world.running
        still = still + STEP if now == seen else 0.0
        seen = now
        if still >= PATIENCE and not world.dying and not world.running.done:
            still = 0.0
            take_over(world)


def take_over(world: Any) -> None:
    """The thread that runs does not come back: somebody else goes on."""
    me = world.running
    others = [w for w in world.ready if not w.outside] or (world.engine.pending or world.timers)
    if me.blocked or me.outside or not others:
        return
    site = me.user_site()
    me.outside = True
    world.engine.note_uncontrolled(WHAT, sites.text(site))
    world.pass_on()


def anybody(world: Any) -> bool:
    """Is somebody outside?"""
    return any(w.outside and not w.done for w in world.workers)


def wait(world: Any) -> bool:
    """Nobody can run, but somebody is outside: wait for him in real time -> whether anybody can run now."""
    if not anybody(world):
        return False
    waited = 0.0
    while not world.ready and waited < GIVE_UP:
        clock.real_sleep(0.002)
        waited += 0.002
    return bool(world.ready)


def came_back() -> None:
    """A thread that is not the running one is about to do something under control: was it outside?"""
    world = current.world
    if world is None:
        return
    me = world.by_ident.get(_thread.get_ident())
    if me is not None and me.outside:
        world.comes_back(me)

