"""A controlled thread that stays in something that is not ours: a blocking socket, a pipe, a process it waits for, a lock of a C library.

It has the baton and gives it to nobody.  A watchdog (a thread of ours, that runs none of the program's code) notices that nothing moves while somebody
else could run, lists where the thread stands, and hands the baton on.  When the thread comes back it queues up like any other.
What C code does with the interpreter's lock held cannot be watched: everything, this included, stands still meanwhile, and goes on afterwards.
"""

from __future__ import annotations

import _thread
import functools
import os
import signal
import sys
import threading
from typing import Any

from . import clock, current, same_process, sites

WHAT = "a thread that waits in something that is not ours"
PATIENCE = 1.0
"""Real seconds without any progress after which it is taken to be so."""
STRANGER = "a thread that Python did not start (a C library's): it is not controlled"
IDLE = 0.05
"""Real seconds in which a thread that does nothing shows it."""
STEP = 0.1
GIVE_UP = 5.0
"""Real seconds everybody else waits for it, when nobody else can run."""

_watching = 0
_watchdog = 0
"""Its identifier."""
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
    global _watchdog
    _watchdog = _thread.get_ident()
    seen: Any = None
    still = 0.0
    mine = same_process.real()
    while same_process.real() == mine:
        clock.real_sleep(STEP)
        world = current.world
        if world is None:
            still = 0.0
            continue
        for ident, frame in sys._current_frames().items():
            if ident not in world.by_ident and current.world is world:
                _is_stranger(world, ident, frame)
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


ALARM = "an alarm of the program (signal.alarm, signal.setitimer): it goes off in real time"


def listed(stock: Any) -> Any:
    """signal.alarm and setitimer: the kernel's clock is not ours."""

    @functools.wraps(stock)
    def start(*args: Any) -> Any:
        engine = current.engine
        if engine is not None and any(args[:2]):
            engine.note_uncontrolled(ALARM, sites.text(sites.user_site(sys._getframe(1))))
        return stock(*args)

    return start


def alarm() -> float:
    """Real seconds until one goes off; 0: none will."""
    return signal.getitimer(signal.ITIMER_REAL)[0]


def wait_for_alarm() -> bool:
    """In the main thread, where its handler runs and may raise what it likes -> whether it went off."""
    end = clock.real_monotonic() + GIVE_UP
    while alarm() and clock.real_monotonic() < end:
        clock.real_sleep(0.01)
    return not alarm()


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
    ident = _thread.get_ident()
    me = world.by_ident.get(ident)
    if me is None:
        _is_stranger(world, ident, sys._getframe(1))
    elif me.outside:
        world.comes_back(me)


def _is_stranger(world: Any, ident: int, frame: Any) -> None:
    """A thread that is not known runs code of Python's: a C library started it, if the interpreter did not."""
    thread = threading._active.get(ident)  # type: ignore[attr-defined]
    if (thread is not None and not isinstance(thread, threading._DummyThread)) or ident == _watchdog or world.dying or world.is_free:
        return
    first = frame
    while first.f_back is not None:
        first = first.f_back
    if not sites.is_probe_file(first.f_code.co_filename) and first.f_code.co_filename != threading.__file__:  # not one that begins or ends just now
        world.engine.note_uncontrolled(STRANGER, sites.text((first.f_code, first.f_code.co_firstlineno)))


def strangers() -> int:
    """Threads of this process that Python did not start and that are not idle: they run, or wait for the interpreter to run something."""
    known = {thread.native_id for thread in threading.enumerate()}
    before = [task for task in _tasks() if int(task) not in known]
    if not before:
        return 0
    clock.real_sleep(IDLE)  # one that has just begun comes to rest meanwhile
    between = {task: _moved(task) for task in before}
    clock.real_sleep(IDLE)
    return sum(moved is None or _moved(task) != moved for task, moved in between.items())


def _tasks() -> list[str]:
    try:
        return os.listdir("/proc/self/task")
    except OSError:
        return []


def _moved(task: str) -> list[str] | None:
    """What changes as soon as a thread does anything; None: it is gone."""
    try:
        with open(f"/proc/self/task/{task}/status") as status:
            return [line for line in status if "ctxt_switches" in line]
    except OSError:
        return None

