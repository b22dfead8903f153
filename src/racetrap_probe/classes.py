"""The user's classes: noticed as they are made, and their methods wrapped while a role needs it.

`watch` replaces `builtins.__build_class__`, the one place every class statement goes through, so classes
are known before their first instance exists, also those of modules imported late and of a re-executed `__main__`.
"""

from __future__ import annotations

import builtins
import inspect
import weakref
from collections.abc import Callable, Iterable
from inspect import CO_ASYNC_GENERATOR, CO_COROUTINE, CO_GENERATOR
from types import CodeType, FunctionType
from typing import Any, Protocol

from . import current, sites

_stock_build_class = builtins.__build_class__
_names: dict[type, str] = {}
"""Names of library classes when they were made."""
_seen: list[weakref.ref[type]] = []
on_new_class: Callable[[type], None] | None = None
library: frozenset[str] = frozenset()
"""Classes of installed packages whose roles are known, `module:Name`."""


class Hook(Protocol):
    """What a wrapped method calls: `enter` before its body -> a token (None: not interested), then one of the others."""

    def enter(self, monitor: Any, owner: Any, args: tuple[Any, ...], kw: dict[str, Any]) -> Any: ...
    def leave(self, monitor: Any, token: Any, result: Any) -> None: ...
    def fail(self, monitor: Any, token: Any, error: BaseException) -> None: ...


def _build_class(func: Any, name: str, /, *bases: Any, **kw: Any) -> Any:
    cls = _stock_build_class(func, name, *bases, **kw)
    if isinstance(cls, type) and (sites.is_user_code(func.__code__) or f"{cls.__module__}:{name}" in library):
        if f"{cls.__module__}:{name}" in library:
            _names[cls] = f"{cls.__module__}:{name}"  # a package may say later that it lives elsewhere
        if current.engine is None:
            _seen.append(weakref.ref(cls))  # later runs make it anew
        if on_new_class is not None:
            on_new_class(cls)
    return cls


def watch() -> None:
    builtins.__build_class__ = _build_class


def seen() -> Iterable[type]:
    """Every living class of the user's own code, oldest first."""
    for ref in _seen:
        cls = ref()
        if cls is not None:
            yield cls


def name_of(cls: type) -> str:
    return _names.get(cls) or f"{cls.__module__}:{cls.__qualname__}"


def methods(cls: type, generators: bool = False) -> list[tuple[str, FunctionType]]:
    """The methods a class defines itself, without dunders (but `__aenter__` and its kin); generators only if asked for."""
    out = []
    for name, value in list(cls.__dict__.items()):
        if not isinstance(value, FunctionType) or hasattr(value, "racetrap_wraps"):
            continue
        if name.startswith("__") and name not in ("__aenter__", "__aexit__", "__enter__", "__exit__", "__call__"):
            continue
        if not generators and value.__code__.co_flags & (CO_GENERATOR | CO_ASYNC_GENERATOR):
            continue
        out.append((name, value))
    return out


def wrap(cls: type, name: str, function: FunctionType, hook: Hook) -> None:
    """Replace a method by one that tells `hook`; outside a run it costs one attribute read."""
    flags = function.__code__.co_flags
    if flags & CO_COROUTINE:
        wrapper = _wrap_async(function, hook)
    elif flags & CO_ASYNC_GENERATOR:
        wrapper = _wrap_async_generator(function, hook)
    elif flags & CO_GENERATOR:
        wrapper = _wrap_generator(function, hook)
    else:
        wrapper = _wrap_plain(function, hook)
    wrapper.__name__, wrapper.__qualname__ = function.__name__, function.__qualname__
    wrapper.__module__, wrapper.__doc__ = function.__module__, function.__doc__
    wrapper.__wrapped__ = function  # type: ignore[attr-defined]
    wrapper.racetrap_wraps = function  # type: ignore[attr-defined]
    setattr(cls, name, wrapper)


def _wrap_plain(function: Callable[..., Any], hook: Hook) -> Callable[..., Any]:
    enter, leave, fail = hook.enter, hook.leave, hook.fail

    def method(self: Any, *args: Any, **kw: Any) -> Any:
        engine = current.engine
        if engine is None or engine.monitor is None:
            return function(self, *args, **kw)
        monitor = engine.monitor
        token = enter(monitor, self, args, kw)
        if token is None:
            return function(self, *args, **kw)
        try:
            result = function(self, *args, **kw)
        except BaseException as error:
            fail(monitor, token, error)
            raise
        leave(monitor, token, result)
        return result

    return method


def _wrap_async(function: Callable[..., Any], hook: Hook) -> Callable[..., Any]:
    enter, leave, fail = hook.enter, hook.leave, hook.fail

    async def method(self: Any, *args: Any, **kw: Any) -> Any:
        engine = current.engine
        if engine is None or engine.monitor is None:
            return await function(self, *args, **kw)
        monitor = engine.monitor
        token = enter(monitor, self, args, kw)
        if token is None:
            return await function(self, *args, **kw)
        try:
            result = await function(self, *args, **kw)
        except BaseException as error:
            fail(monitor, token, error)
            raise
        leave(monitor, token, result)
        return result

    return method


def _wrap_async_generator(function: Callable[..., Any], hook: Hook) -> Callable[..., Any]:
    """Every step of the generator is a call of its own: between two steps its caller may have given the object back."""

    async def method(self: Any, *args: Any, **kw: Any) -> Any:
        generator = function(self, *args, **kw)
        step = generator.__anext__()
        try:
            while True:
                engine = current.engine
                monitor = engine.monitor if engine is not None else None
                token = hook.enter(monitor, self, args, kw) if monitor is not None else None
                try:
                    value = await step
                except StopAsyncIteration:
                    if token is not None:
                        hook.leave(monitor, token, None)
                    return
                except BaseException as error:
                    if token is not None:
                        hook.fail(monitor, token, error)
                    raise
                if token is not None:
                    hook.leave(monitor, token, value)
                try:
                    step = generator.asend((yield value))
                except GeneratorExit:
                    raise
                except BaseException as error:  # noqa: BLE001 - handed on to whom it was thrown at
                    step = generator.athrow(error)
        finally:
            await generator.aclose()

    return method


def _wrap_generator(function: Callable[..., Any], hook: Hook) -> Callable[..., Any]:
    def method(self: Any, *args: Any, **kw: Any) -> Any:
        generator = function(self, *args, **kw)
        sent: Any = None
        try:
            while True:
                engine = current.engine
                monitor = engine.monitor if engine is not None else None
                token = hook.enter(monitor, self, args, kw) if monitor is not None else None
                try:
                    value = generator.send(sent)
                except StopIteration as end:
                    if token is not None:
                        hook.leave(monitor, token, None)
                    return end.value
                except BaseException as error:
                    if token is not None:
                        hook.fail(monitor, token, error)
                    raise
                if token is not None:
                    hook.leave(monitor, token, value)
                sent = yield value
        finally:
            generator.close()

    return method


_harmless: dict[CodeType, bool] = {}
CLOSERS = frozenset(("close", "aclose", "disconnect", "terminate", "abort", "kill", "shutdown", "destroy"))
_WRITES = frozenset(("append", "appendleft", "extend", "insert", "add", "update", "pop", "popleft", "popitem", "remove", "discard",
                     "clear", "setdefault", "write", "writelines", "send", "sendall", "put", "put_nowait", "set", "set_result",
                     "recv", "read", "drain", "execute", "notify", "notify_all", "cancel",
                     "ack", "nack", "acknowledge", "reject", "settle", "commit", "confirm", "requeue", "rollback"))


def is_harmless(name: str, function: FunctionType, cls: type) -> bool:
    """A method that cannot read or write protocol state: ends the resource, or neither suspends nor writes anything but attributes no other method of
    the class knows (a label it makes once, a count it keeps)."""
    if name.strip("_") in CLOSERS:
        return True
    code = function.__code__
    known = _harmless.get(code)
    if known is None:
        known = _harmless[code] = not code.co_flags & (CO_COROUTINE | CO_ASYNC_GENERATOR | CO_GENERATOR) and not _writes(code, _of_others(cls, name))
    return known


_SHOWS = frozenset(("__init__", "__new__", "__repr__", "__str__", "__format__"))


def _of_others(cls: type, name: str) -> frozenset[str]:
    """The names that other methods of the class use, but for those that make and show its objects."""
    used: set[str] = set()
    for base in cls.__mro__:
        for other, value in base.__dict__.items():
            for function in (value, getattr(value, "fget", None), getattr(value, "fset", None), getattr(value, "__func__", None)):
                function = inspect.unwrap(function) if callable(function) else None
                if other != name and other not in _SHOWS and isinstance(function, FunctionType):
                    used |= _names_in(function.__code__)
    return frozenset(used)


def _names_in(code: CodeType) -> set[str]:
    return {*code.co_names, *(name for inner in code.co_consts if isinstance(inner, CodeType) for name in _names_in(inner))}


def has_loop(code: CodeType) -> bool:
    """Does that function loop?  Read from its source; without source: yes, to be on the safe side."""
    known = _loops.get(code)
    if known is None:
        import ast
        import textwrap

        try:
            tree = ast.parse(textwrap.dedent(inspect.getsource(code)))
            known = any(isinstance(node, (ast.While, ast.For, ast.AsyncFor)) for node in ast.walk(tree))
        except (OSError, SyntaxError, TypeError):
            known = True
        _loops[code] = known
    return known


_loops: dict[CodeType, bool] = {}


def _writes(code: CodeType, others: frozenset[str]) -> bool:
    """Does it write anything but attributes whose names are not among `others`?"""
    import dis

    for op in dis.get_instructions(code):
        if op.opname == "STORE_ATTR" and op.argval not in others:
            continue
        if op.opname in ("STORE_ATTR", "DELETE_ATTR", "STORE_SUBSCR", "DELETE_SUBSCR", "STORE_GLOBAL"):
            return True
        if op.opname in ("LOAD_ATTR", "LOAD_METHOD") and op.argval in _WRITES:
            return True
    return False
