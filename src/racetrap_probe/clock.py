"""Time and chance inside a run: `time.*`, `random`, `uuid` are fixed per schedule.

Not fixed, and said so in the docs: `datetime.now()` (C code), `os.urandom`, `secrets`, TLS.
"""

from __future__ import annotations

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


def _virtual(real: Callable[[], Any], offset: float, scale: int, start: int | None) -> Callable[[], Any]:
    """start: what is to be told now, while nothing is under control, in units of the clock; None: what the clock says."""
    shift = start - real() if start is not None else 0

    def now() -> Any:
        engine = current.engine
        if engine is None:
            return real() + shift
        return int((engine.now + offset) * scale) if scale != 1 else engine.now + offset

    now.__name__ = now.__qualname__ = real.__name__
    now.__module__, now.__doc__ = "time", real.__doc__
    return now


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
    _sleep.__module__, _sleep.__name__, _sleep.__qualname__ = "time", "sleep", "sleep"
    time.sleep = _sleep
    replaced: dict[Any, Any] = {}
    for name, offset, scale in (
        ("monotonic", 0.0, 1), ("perf_counter", 0.0, 1), ("time", wall, 1),
        ("monotonic_ns", 0.0, 10**9), ("perf_counter_ns", 0.0, 10**9), ("time_ns", wall, 10**9),
    ):
        real = getattr(time, name)
        replaced[real] = _virtual(real, offset, scale, None if offset else int((EPOCH - AHEAD) * scale))
        setattr(time, name, replaced[real])
    for module in list(sys.modules.values()):  # `from time import monotonic` in threading, queue and their like
        if module is not time and not getattr(module, "__name__", "").startswith("racetrap_probe"):
            for name, value in list(vars(module).items()):
                if isinstance(value, types.BuiltinFunctionType) and value in replaced:
                    setattr(module, name, replaced[value])
    uuid.uuid4 = _uuid4


def begin_run() -> None:
    """Called at the start of every execution."""
    global _salt
    _salt = int.from_bytes(os.urandom(6)) if unique else 0
    random.seed(_SEED)
