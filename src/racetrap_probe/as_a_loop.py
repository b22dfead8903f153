"""What the engine sees of threads where it looks for a loop's: what is ready, what is scheduled, and the queue of a loop that sleeps."""

from __future__ import annotations

import asyncio
import collections
import sys
from typing import TYPE_CHECKING, Any

from .worker import Timer, Worker

if TYPE_CHECKING:
    from .baton import World


class Ready:
    """What boundary() looks at as a loop's ready queue: does anything run?"""

    def __init__(self, world: World) -> None:
        self.world = world

    def __len__(self) -> int:
        world = self.world
        return world.goes_on + len(world.ready) + sum(1 for w in world.loops if w.loop is not None and w.loop._ready)

    def append(self, timer: Any) -> None:
        if isinstance(timer, Timer):
            self.world.strikes(timer)
        else:
            timer._loop._ready.append(timer)

    def __iter__(self) -> Any:
        return iter(())


class Scheduled:
    """The timers of the threads and of every waiting loop as one heap."""

    def __init__(self, world: World) -> None:
        self.world = world

    def heap(self) -> Any:
        best: Any = None
        for heap in (self.world.timers, *(w.loop._scheduled for w in self.world.loops if w.loop is not None)):
            if heap and (best is None or heap[0]._when < best[0]._when):
                best = heap
        return best

    def __bool__(self) -> bool:
        return self.heap() is not None

    def __getitem__(self, at: int) -> Any:
        return self.heap()[at]


class Asleep(collections.deque[Any]):
    """The ready queue of a loop that sleeps: what another thread puts there by itself wakes nobody."""

    def __init__(self, world: World, loop: Any, sleeper: Worker) -> None:
        super().__init__()
        self.world, self.loop, self.sleeper = world, loop, sleeper

    def append(self, handle: Any) -> None:
        super().append(handle)
        frame = sys._getframe(1)
        if frame.f_code is _CALL_SOON and frame.f_back.f_code is not _THREADSAFE and self.world.running is not self.sleeper:  # type: ignore[union-attr]
            monitor = self.world.engine.monitor
            if monitor is not None:
                monitor.unwoken.told(self.loop, self.sleeper, handle, frame.f_back)


_CALL_SOON = asyncio.BaseEventLoop._call_soon.__code__
_THREADSAFE = asyncio.BaseEventLoop.call_soon_threadsafe.__code__
