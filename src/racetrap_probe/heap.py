"""Addresses are part of the state: they decide the order of a set of objects.  Here they are made the same in every fork.

A fork inherits its parent's free blocks, and what the parent did before (commands it read, earlier children) decides where the next
object goes.  `start_afresh` uses up every free block of CPython's small-object allocator, so that the
execution begins in an arena of its own, where blocks are handed out one after the other.

Types keep free lists of their own, too; a full collection empties them.  It is cheap where everything older is frozen, which is
what `before_forks` is for.

This holds for CPython's default allocator (arenas of 1 MiB, size classes of 16 to 512 bytes, steps of 16: Objects/obmalloc.c); under
another one it costs a little and does nothing.
"""

from __future__ import annotations

import gc
from bisect import bisect_right

SIZES = tuple(range(512, 0, -16))
MOST = 200_000
_kept: list[object] = []


def _mappings() -> tuple[list[int], list[int]]:
    begins, ends = [], []
    with open("/proc/self/maps", "rb", buffering=1 << 18) as f:
        for line in f.read().splitlines():
            begin, _, rest = line.partition(b"-")
            begins.append(int(begin, 16))
            ends.append(int(rest.partition(b" ")[0], 16))
    return begins, ends


def before_forks() -> None:
    """In the process whose forks will call `start_afresh`."""
    gc.freeze()


def after_fork() -> None:
    """In a fork: all objects are ordinary ones again, and no type has spare ones."""
    gc.collect()
    gc.unfreeze()


def start_afresh(*keep: object) -> None:
    """From here on small objects come from an arena that did not exist before.

    keep: what the caller holds and would free after this.
    """
    after_fork()
    kept: list[object] = []
    try:
        begins, ends = _mappings()
    except OSError:
        return  # no such file: not Linux
    left = MOST
    at_size = 0
    while at_size < 32:  # no iterator: it would be freed after its size class was used up
        size = SIZES[at_size]
        at_size += 1
        page = -1
        number = 1 << 20
        while left:
            left -= 1
            if size >= 48:
                block: object = bytes(size - 33)
            elif size == 32:
                number += 1
                block = number
            else:
                block = object()
            kept.append(block)
            at = id(block)
            if at >> 14 != page:
                page = at >> 14
                where = bisect_right(begins, at) - 1
                if where < 0 or at >= ends[where]:
                    break
    _kept.extend((kept, begins, ends, keep))
