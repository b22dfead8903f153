"""The project's own module state, put back between re-runs in process.

Snapshot walks what is reachable from the project's modules: their dictionaries, built-in containers, instances and classes of the
user's own code, asyncio's primitives.  What cannot be put back (state in C objects, in installed packages) is
left to the guard: re-runs in process are used only where they give what a fork gives.
"""

from __future__ import annotations

import asyncio
import atexit
import copy
import itertools
import random
import signal
import sys
import types
from collections import deque
from collections.abc import Iterable
from typing import Any

from . import sites

MOST = 50_000
_COUNTERS = (itertools.count, itertools.cycle)
_LEAVES = (str, bytes, int, float, bool, type(None), types.FunctionType, types.BuiltinFunctionType, types.CodeType)
_PRIMITIVES = (asyncio.Lock, asyncio.Event, asyncio.Condition, asyncio.Semaphore, asyncio.Queue)


class Snapshot:
    """modules: the project's.  `restore` puts their state back to what it was."""

    def __init__(self, modules: Iterable[types.ModuleType]) -> None:
        self.saved: list[tuple[Any, Any]] = []
        self.namespaces: list[tuple[Any, dict[str, Any]]] = []
        self.generators: list[tuple[random.Random, Any]] = []
        self.caches: list[Any] = []
        self._seen: set[int] = set()
        self._todo: list[Any] = []
        for module in modules:
            self._namespace(module, {k: v for k, v in vars(module).items() if not k.startswith("__")})
        while self._todo and len(self._seen) < MOST:
            self._visit(self._todo.pop())
        del self._seen, self._todo

    def _namespace(self, owner: Any, values: dict[str, Any]) -> None:
        self.namespaces.append((owner, {k: _kept(v) for k, v in values.items()}))
        self._todo.extend(values.values())

    def _visit(self, value: Any) -> None:
        if isinstance(value, _LEAVES) or id(value) in self._seen:
            return
        self._seen.add(id(value))
        if isinstance(value, dict):
            self.saved.append((value, dict(value)))
            self._todo.extend(value.values())
        elif isinstance(value, (list, deque, set, bytearray)):
            self.saved.append((value, list(value)))
            if not isinstance(value, bytearray):
                self._todo.extend(value)
        elif isinstance(value, (tuple, frozenset)):
            self._todo.extend(value)
        elif isinstance(value, type):
            module = value.__dict__.get("__module__", "")
            if module and any(getattr(o, "__name__", None) == module for o, _ in self.namespaces):
                own = {k: v for k, v in value.__dict__.items()
                       if not k.startswith("__") and not isinstance(v, (types.FunctionType, property, classmethod, staticmethod,
                                                                        types.MemberDescriptorType, types.GetSetDescriptorType))}
                self._namespace(value, own)
        elif hasattr(value, "cache_info") and hasattr(value, "cache_clear"):
            if value.cache_info().currsize == 0:
                self.caches.append(value)
        elif isinstance(value, random.Random):
            self.generators.append((value, value.getstate()))
        elif isinstance(value, _PRIMITIVES) or _is_users(type(value)):
            state = getattr(value, "__dict__", None)
            if state is not None:
                self.saved.append((state, {k: _kept(v) for k, v in state.items()}))
                self._todo.extend(state.values())

    def restore(self) -> None:
        for owner, values in self.namespaces:
            now = owner.__dict__
            for name in [k for k in now if not k.startswith("__") and k not in values]:
                if isinstance(owner, types.ModuleType) or not _is_function_like(now[name]):
                    delattr(owner, name)
            for name, value in values.items():
                if now.get(name, values) is not value or isinstance(value, _COUNTERS):
                    setattr(owner, name, _kept(value))
        for target, content in self.saved:
            if isinstance(target, dict):
                if len(target) != len(content) or any(target.get(k, content) is not v for k, v in content.items()):
                    target.clear()
                    target.update({k: _kept(v) for k, v in content.items()})
            elif isinstance(target, (list, deque, bytearray)):
                if len(target) != len(content) or any(a is not b for a, b in zip(target, content, strict=True)):
                    target.clear()
                    target.extend(content)
            elif target != set(content):
                target.clear()
                target.update(content)
        for generator, state in self.generators:
            generator.setstate(state)
        for cache in self.caches:
            cache.cache_clear()


def _is_function_like(value: Any) -> bool:
    return isinstance(value, (types.FunctionType, property, classmethod, staticmethod, types.MemberDescriptorType,
                              types.GetSetDescriptorType))


def _kept(value: Any) -> Any:
    return copy.copy(value) if isinstance(value, _COUNTERS) else value


def _is_users(cls: type) -> bool:
    module = sys.modules.get(cls.__module__)
    file = getattr(module, "__file__", None)
    return file is not None and sites.is_user_file(file)


class Leftovers:
    """What a script registers with the interpreter for good: exit functions, signal handlers, logging handlers.

    In a process of its own the end of the process takes them; between re-runs in one process it is done here.
    """

    def __init__(self) -> None:
        self.at_exit: list[tuple[Any, tuple[Any, ...], dict[str, Any]]] = []
        self.signals: dict[int, Any] = {}
        self.handlers = -1
        """How many logging handlers live after a clean-up."""

    def watch(self) -> None:
        """From now on, keep note of what is registered."""
        self.stock_signal = stock_signal = signal.signal

        def register(function: Any, *args: Any, **kw: Any) -> Any:
            self.at_exit.append((function, args, kw))
            return function

        def unregister(function: Any) -> None:
            self.at_exit[:] = [e for e in self.at_exit if e[0] != function]

        def set_handler(number: int, handler: Any) -> Any:
            before = stock_signal(number, handler)
            self.signals.setdefault(number, before)
            return before

        atexit.register, atexit.unregister, signal.signal = register, unregister, set_handler  # type: ignore[assignment]

    def clear(self) -> None:
        """The script ended: call its exit functions, as the interpreter would, and put the rest back."""
        while self.at_exit:
            function, args, kw = self.at_exit.pop()
            try:
                function(*args, **kw)
            except Exception:  # noqa: BLE001 - the interpreter prints it and goes on
                pass
        if self.signals:
            for number, handler in self.signals.items():
                self.stock_signal(number, handler if handler is not None else signal.SIG_DFL)
            self.signals.clear()
        logging = sys.modules.get("logging")
        if logging is not None and len(logging._handlerList) != self.handlers:
            self._clear_logging(logging)

    def _clear_logging(self, logging: Any) -> None:
        """Handlers come from the script, which adds them again; those that do nothing from installed packages, which do not."""
        for logger in [logging.root, *logging.root.manager.loggerDict.values()]:
            handlers = getattr(logger, "handlers", ())
            quiet = [h for h in handlers if isinstance(h, logging.NullHandler)]
            if handlers and len(handlers) != len(quiet[:1]):
                handlers[:] = quiet[:1]
        logging._handlerList[:] = [r for r in logging._handlerList if isinstance(r(), logging.NullHandler) or r() is logging.lastResort]
        self.handlers = len(logging._handlerList)
