"""The execution under control in this process, if any: one slot, read by every patched function."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .baton import World
    from .engine import Engine

engine: Engine | None = None
thread: int = 0
"""Identifier of the thread that runs under control: the engine's own or, of several, the one that has the baton."""
world: World | None = None
"""The execution's threads, once it has more than one."""
