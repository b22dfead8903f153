"""Generator context managers: `async with pool.lease() as conn` lends on entry and takes back on exit.

Patched once in contextlib; without an engine each costs one attribute read.
"""

from __future__ import annotations

import contextlib
from typing import Any

from . import current


def _monitor() -> Any:
    engine = current.engine
    return engine.monitor if engine is not None else None


def _owner(manager: Any) -> tuple[Any, str]:
    generator = manager.gen
    frame = getattr(generator, "ag_frame", None) or getattr(generator, "gi_frame", None)
    return (frame.f_locals.get("self") if frame is not None else None), generator.__name__


def install() -> None:
    asynchronous: Any = contextlib._AsyncGeneratorContextManager  # type: ignore[attr-defined]
    plain: Any = contextlib._GeneratorContextManager  # type: ignore[attr-defined]
    stock_aenter, stock_aexit = asynchronous.__aenter__, asynchronous.__aexit__
    stock_enter, stock_exit = plain.__enter__, plain.__exit__

    async def __aenter__(self: Any) -> Any:
        monitor = _monitor()
        if monitor is None:
            return await stock_aenter(self)
        owner, name = _owner(self)
        value = await stock_aenter(self)
        _entered(monitor, self, owner, name, value)
        return value

    async def __aexit__(self: Any, *error: Any) -> Any:
        monitor = _monitor()
        entered = self.__dict__.get("racetrap_entered")
        if monitor is None or entered is None:
            return await stock_aexit(self, *error)
        monitor.context_left(self, *entered, before=True)
        try:
            return await stock_aexit(self, *error)
        finally:
            monitor.context_left(self, *entered, before=False)

    def __enter__(self: Any) -> Any:
        monitor = _monitor()
        if monitor is None:
            return stock_enter(self)
        owner, name = _owner(self)
        value = stock_enter(self)
        _entered(monitor, self, owner, name, value)
        return value

    def __exit__(self: Any, *error: Any) -> Any:
        monitor = _monitor()
        entered = self.__dict__.get("racetrap_entered")
        if monitor is None or entered is None:
            return stock_exit(self, *error)
        monitor.context_left(self, *entered, before=True)
        try:
            return stock_exit(self, *error)
        finally:
            monitor.context_left(self, *entered, before=False)

    asynchronous.__aenter__, asynchronous.__aexit__ = __aenter__, __aexit__
    plain.__enter__, plain.__exit__ = __enter__, __exit__


def _entered(monitor: Any, manager: Any, owner: Any, name: str, value: Any) -> None:
    if owner is None or value is None or not hasattr(value, "__dict__"):
        return
    manager.racetrap_entered = (owner, name, value)
    monitor.context_entered(manager, owner, name, value)
