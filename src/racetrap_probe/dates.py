"""`datetime.now()` and `utcnow()` tell what `time.time()` tells (`today()` does by itself); and libraries that set all of them are let.

They are C methods of a C type, whose attributes cannot be set: the type's own dictionary is changed, and the interpreter told.

Such a library (roles/, [[clock]]) changes the C functions themselves, and so finds them in their places when it does; what it counts its time with is the virtual clock.
"""

from __future__ import annotations

import ctypes
import gc
import sys
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from . import clock

_attributes: dict[str, Any] = {}
_real: dict[str, Any] = {}
_ours: dict[str, Any] = {}


def install() -> None:
    """Patch the type, before the user's first import."""
    global _attributes
    (_attributes,) = gc.get_referents(datetime.__dict__)
    time = clock.replaced["time"][1]
    for name, makes in (("now", _now), ("utcnow", _utcnow)):
        _real[name] = _attributes[name]
        _ours[name] = classmethod(makes(time))
    _replace(_ours)


def _replace(methods: dict[str, Any]) -> None:
    _attributes.update(methods)
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(datetime))


def _now(time: Callable[[], float]) -> Callable[..., Any]:
    def now(cls: Any, tz: Any = None) -> Any:
        """Returns new datetime object representing current time local to tz."""
        return cls.fromtimestamp(time(), tz)

    return now


def _utcnow(time: Callable[[], float]) -> Callable[..., Any]:
    def utcnow(cls: Any) -> Any:
        """Return a new datetime representing UTC day and time."""
        if sys.version_info >= (3, 12):
            warnings.warn(
                "datetime.datetime.utcnow() is deprecated and scheduled for removal in a future version. Use timezone-aware objects to represent datetimes in UTC: datetime.datetime.now(datetime.UTC).",
                DeprecationWarning,
                stacklevel=2,
            )
        return cls.fromtimestamp(time(), UTC).replace(tzinfo=None)

    return utcnow


def put_back() -> None:
    """What was there before: a module that changes the functions may look for them as soon as it is loaded."""
    clock.put_back()
    _replace(_real)


def _put_ours() -> None:
    clock.replace()
    if not clock.set_by_program:
        _replace(_ours)


def let_set(role: dict[str, Any], module: Any) -> None:
    """module: the one of that role ([[clock]]), just loaded."""
    stock = dict(clock.machine)
    kept = {name: getattr(module, role["counts"] + name) for name in stock if hasattr(module, role["counts"] + name)}
    for name in kept:
        setattr(module, role["counts"] + name, clock.virtual[name])
    for name, makes in (("now", _now), ("utcnow", _utcnow)):
        setattr(module, role["counts"] + name, makes(clock.virtual["time"]).__get__(datetime))

    def changing(function: Callable[[], Any], sets: bool) -> Callable[[], Any]:
        def change() -> Any:
            put_back()
            try:
                function()
                clock.set_by_program = sets
                clock.machine.update(kept if sets else stock)
            finally:
                _put_ours()

        return change

    for sets, names in ((True, role["sets"]), (False, role["ends"])):
        for name in names:
            if hasattr(module, name):
                setattr(module, name, changing(getattr(module, name), sets))
    _put_ours()
