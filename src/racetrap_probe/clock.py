"""Time and chance inside a run: `time.*`, `datetime` (dates.py), `random`, `uuid` are fixed per schedule.

Not fixed, and said so in the docs: `os.urandom`, `secrets`, TLS.
"""

from __future__ import annotations

import functools
import os
import random
import sys
import threading
import time
import types
import uuid
from collections.abc import Callable
from typing import Any

from . import current, shared

real_monotonic = time.monotonic
real_sleep = time.sleep
real_time = time.time

_in_job = threading.local()
_wall = float(int(real_time()))
_SEED = 20_011
AHEAD = 1.0
"""Seconds before the virtual clock's start at which the monotonic clocks of a process start.

What a program notes before its first loop or thread (a keepalive's last sign of life) is compared with virtual time later."""


MANY = 1_000
"""So often the clock is read in one moment before whoever reads it is taken to wait for it (Engine.is_busy)."""


class Job:
    """A function handed to an executor: runs there as it is; what it sleeps is added up instead of slept."""

    def __init__(self, func: Callable[..., Any], args: tuple[Any, ...]) -> None:
        self.func = func
        self.args = args
        self.slept = 0.0
        self.shared: list[tuple[str, str]] = []

    def __call__(self) -> Any:
        _in_job.job = self
        try:
            if current.engine is None:
                return self.func(*self.args)
            return shared.watched(self.func, self.args, self.shared)
        finally:
            _in_job.job = None


def _sleep(seconds: float) -> None:
    engine = current.engine
    if engine is None:
        return real_sleep(seconds)
    world = current.world
    if world is not None and world.is_free:
        return world.sleep(seconds)
    if world is not None and threading.get_ident() != current.thread:
        from . import outside

        outside.came_back()
    if world is not None and threading.get_ident() == current.thread:
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        return world.sleep(seconds)  # type: ignore[no-any-return]
    job = getattr(_in_job, "job", None)
    if job is not None:
        job.slept += max(0.0, seconds)
        return None
    if threading.get_ident() == current.thread:
        engine.now += max(0.0, seconds)  # a long turn of the loop
        return None
    return real_sleep(seconds)


replaced: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {}
"""By name: a function of `time`, and what stands in its place."""
machine: dict[str, Callable[[], Any]] = {}
"""By name: a function that tells what the machine's clock says."""
virtual: dict[str, Callable[[], Any]] = {}
"""By name: what a clock tells in a run that does not set it by itself."""
set_by_program = False
"""Has the program set the wall clock by itself?  Then what the real functions tell is what it set."""


def _virtual(name: str, offset: float, scale: int, start: int | None) -> Callable[[], Any]:
    """start: what is to be told now, while nothing is under control, in units of the clock; None: what the clock says."""
    shift = start - machine[name]() if start is not None else 0
    get_ident = threading.get_ident

    def now() -> Any:
        engine = current.engine
        if engine is None:
            return machine[name]() + shift
        if get_ident() == current.thread:
            engine.reads += 1
            if engine.reads > MANY:
                engine.is_busy()
        return int((engine.now + offset) * scale) if scale != 1 else engine.now + offset

    virtual[name] = now
    if start is not None:
        return now

    def told() -> Any:
        return real() if set_by_program else now()

    real = machine[name]
    return told


def _like(real: Callable[..., Any], function: Callable[..., Any]) -> Callable[..., Any]:
    """`function` in place of the module's own: that is C code, and so no method where a class has it as an attribute (`clock = time.monotonic`)."""
    made: Any = functools.partial(function)
    made.__name__ = made.__qualname__ = real.__name__
    made.__module__, made.__doc__ = "time", real.__doc__
    return made  # type: ignore[no-any-return]


def _of_now(real: Callable[..., Any]) -> Callable[..., Any]:
    """localtime, gmtime, ctime: without an argument, and with None, they tell the time that `time.time` tells."""

    def told(seconds: float | None = None, /) -> Any:
        return real(time.time() if seconds is None and current.engine is not None else seconds)

    return _like(real, told)


def _of_local_now(real: Callable[..., Any]) -> Callable[..., Any]:
    """asctime, strftime: without a time, the local one of now."""
    count = 1 if real.__name__ == "strftime" else 0

    def told(*args: Any) -> Any:
        return real(*args, time.localtime()) if len(args) == count and current.engine is not None else real(*args)

    return _like(real, told)


def _uuid4() -> uuid.UUID:
    if current.engine is None:
        return _real_uuid4()
    return uuid.UUID(int=random.getrandbits(128) ^ _salt, version=4)


def differ_from_run_to_run() -> None:
    """What this workload names stays on a real server from schedule to schedule: a name that is meant to be unique must not come again."""
    from . import reset

    global unique
    unique = not reset.command


unique = False
"""Do `uuid4`'s last 12 hex digits differ from run to run?  The others are those of the schedule, so that the order of two of them is the same in each."""
_salt = 0
_real_uuid4 = uuid.uuid4


def install() -> None:
    """Patch the modules, before the user's first import."""
    from .engine import EPOCH

    wall = _wall - EPOCH
    time.sleep = _like(real_sleep, _sleep)
    for name, instead in (("localtime", _of_now), ("gmtime", _of_now), ("ctime", _of_now), ("asctime", _of_local_now), ("strftime", _of_local_now)):
        real = getattr(time, name)
        replaced[name] = real, instead(real)
    for name, offset, scale in (
        ("monotonic", 0.0, 1), ("perf_counter", 0.0, 1), ("time", wall, 1),
        ("monotonic_ns", 0.0, 10**9), ("perf_counter_ns", 0.0, 10**9), ("time_ns", wall, 10**9),
    ):
        real = machine[name] = getattr(time, name)
        replaced[name] = real, _like(real, _virtual(name, offset, scale, None if offset else int((EPOCH - AHEAD) * scale)))
    replace()
    instead_of = dict(replaced.values())
    for module in list(sys.modules.values()):  # `from time import monotonic` in threading, queue and their like
        if module is not time and not getattr(module, "__name__", "").startswith("racetrap_probe"):
            for name, value in list(vars(module).items()):
                if isinstance(value, types.BuiltinFunctionType) and value in instead_of:
                    setattr(module, name, instead_of[value])
    uuid.uuid4 = _uuid4


def replace() -> None:
    """Put what is ours into `time`; where the program has set the clock by itself, what tells the date is the real functions."""
    for name, (real, ours) in replaced.items():
        setattr(time, name, real if set_by_program and not name.startswith(("monotonic", "perf_counter")) else ours)


def put_back() -> None:
    """What was in `time` before."""
    for name, (real, _) in replaced.items():
        setattr(time, name, real)


def begin_run() -> None:
    """Called at the start of every execution."""
    global _salt
    _salt = int.from_bytes(os.urandom(6)) if unique else 0
    random.seed(_SEED)
