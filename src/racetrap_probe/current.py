"""The execution under control in this process, if any: one slot, read by every patched function."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .engine import Engine

engine: Engine | None = None
thread: int = 0
"""Identifier of the thread the engine controls."""
