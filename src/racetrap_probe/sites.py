"""Whose code is it, and where: files, lines, qualified functions.

The user's own code is every file that is not of the interpreter, not installed and not ours.
A site in a result is a dict of path (relative to the project's root below it), line, function.
"""

from __future__ import annotations

import gc
import os
import sys
import sysconfig
from collections.abc import Iterator
from types import AsyncGeneratorType, CodeType, FrameType
from typing import Any

_PROBE = os.path.dirname(os.path.abspath(__file__)) + os.sep
_INSTALLED = tuple(
    {os.path.realpath(sysconfig.get_path(name)) + os.sep for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    | {sysconfig.get_path(name) + os.sep for name in ("stdlib", "platstdlib", "purelib", "platlib")}
)
_STANDARD = tuple({os.path.realpath(sysconfig.get_path(n)) + os.sep for n in ("stdlib", "platstdlib")}
                  | {sysconfig.get_path(n) + os.sep for n in ("stdlib", "platstdlib")})
_known: dict[str, bool] = {}
_also: list[str] = []
"""Where installed packages lie whose code counts as the user's own: directories and files."""
root = os.getcwd()
installed: dict[str, str] = {}
"""Where each file of installed code lies that was mentioned."""


def is_user_file(filename: str) -> bool:
    known = _known.get(filename)
    if known is None:
        if filename.startswith("<"):
            known = filename in ("<string>", "<stdin>")
        else:
            path = os.path.abspath(filename)
            parts = path.split(os.sep)
            known = not path.startswith(_PROBE) and (
                path.startswith(tuple(_also)) or not (path.startswith(_INSTALLED) or "site-packages" in parts or "dist-packages" in parts))
        _known[filename] = known
    return known


def take_for_users(names: list[str]) -> None:
    """From here on the code of these installed packages ("redis", "redis.asyncio") is the user's own.

    Raises:
        ValueError: there is no such package.
    """
    import importlib.machinery

    for name in names:
        where: Any = None
        for part in name.split("."):
            spec: Any = importlib.machinery.PathFinder.find_spec(part, where)
            if spec is None or (not spec.has_location and not spec.submodule_search_locations):
                raise ValueError(f"--also {name}: no such package for {sys.executable}")
            where = list(spec.submodule_search_locations or ())
        _also.extend(f"{os.path.abspath(place)}{os.sep}" for place in where)
        if not where:
            _also.append(os.path.abspath(spec.origin))
    _known.clear()


def is_taken_for_users(filename: str) -> bool:
    """Is it of an installed package?"""
    return bool(_also) and os.path.abspath(filename).startswith(tuple(_also))


def is_user_code(code: CodeType) -> bool:
    return is_user_file(code.co_filename)


def is_standard(code: CodeType) -> bool:
    """Is it the interpreter's own library?"""
    path = code.co_filename
    return path.startswith(_STANDARD) and "-packages" not in path


def package_of(code: CodeType) -> str:
    """The installed package it is of, by the name it is imported by; "": it is of none, or taken for the user's own."""
    _, installed_in, inside = os.path.abspath(code.co_filename).rpartition(f"-packages{os.sep}")  # of site or dist
    return inside.partition(os.sep)[0].removesuffix(".py") if installed_in and not is_user_code(code) and not is_probe_file(code.co_filename) else ""


def is_probe_file(filename: str) -> bool:
    return filename.startswith(_PROBE)


def relative(filename: str) -> str:
    path = os.path.abspath(filename) if not filename.startswith("<") else filename
    if path.startswith(root + os.sep):
        return path[len(root) + 1 :]
    for prefix in sorted(_INSTALLED, key=len, reverse=True):
        if path.startswith(prefix):
            installed[path[len(prefix) :]] = path
            return path[len(prefix) :]
    return path


def is_users_class(cls: type) -> bool:
    """Is it defined in the user's own code?"""
    file = getattr(sys.modules.get(cls.__module__), "__file__", None)
    return cls.__module__ == "__main__" or (file is not None and is_user_file(file))


def as_site(code: CodeType, line: int | None, role: str) -> dict[str, Any]:
    return {"path": relative(code.co_filename), "line": line or code.co_firstlineno,
            "function": code.co_qualname, "role": role}


def text(site: tuple[CodeType, int] | None) -> str:
    if site is None:
        return "?"
    return f"{relative(site[0].co_filename)}:{site[1]}"


Stack = tuple[tuple[CodeType, int], ...]


def is_importing() -> bool:
    """Is a module being imported?  Some packages try out at import what the machine can do, and write files of their own."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


def stack(depth: int = 1, most: int = 12) -> Stack:
    """The frames above the caller's caller, innermost first, without the probe's own; more than `most` only up to the first of the user's code."""
    frame: FrameType | None = sys._getframe(depth)
    out: list[tuple[CodeType, int]] = []
    greenlet: Any = None
    users = False
    while len(out) < (most if users else FAR):
        if frame is None:
            frame, greenlet = _above(greenlet)
            if frame is None:
                break
        code = frame.f_code
        kind = _frames.get(code)
        if kind is None:
            kind = _frames[code] = _frame_kind(code)
        if kind == 0:
            out.append((code, frame.f_lineno))
            users = users or is_user_code(code)
        elif kind == 2:
            break
        frame = frame.f_back
    return tuple(out)


FAR = 40
"""Frames that are looked through for one of the user's code."""


def _above(greenlet: Any) -> tuple[FrameType | None, Any]:
    """Where the stack of a greenlet ends: the frame that switched to it, and the greenlet of that; (None, None) at the end of all."""
    module: Any = sys.modules.get("greenlet")
    if module is None:
        return None, None
    greenlet = (greenlet or module.getcurrent()).parent
    return (greenlet.gr_frame, greenlet) if greenlet is not None else (None, None)


def caller(depth: int = 1) -> tuple[CodeType, int] | None:
    """The innermost frame above that is not the probe's own."""
    frame: FrameType | None = sys._getframe(depth)
    while frame is not None:
        code = frame.f_code
        kind = _frames.get(code)
        if kind is None:
            kind = _frames[code] = _frame_kind(code)
        if kind != 1:
            return code, frame.f_lineno
        frame = frame.f_back
    return None


_frames: dict[CodeType, int] = {}


def _frame_kind(code: CodeType) -> int:
    """0: belongs into a stack; 1: the probe's own; 2: the loop's turn, nothing of interest beyond."""
    if code.co_filename.startswith(_PROBE):
        return 1
    return 2 if code.co_name == "_run" and code.co_filename.endswith("events.py") else 0


def awaited_by(awaitable: Any) -> Any:
    """What a suspended coroutine or generator waits for; through the step of an async generator: that generator."""
    inner = getattr(awaitable, "cr_await", None) or getattr(awaitable, "gi_yieldfrom", None) or getattr(awaitable, "ag_await", None)
    if inner is not None and type(inner).__name__ in ("async_generator_asend", "async_generator_athrow"):
        return next((part for part in gc.get_referents(inner) if isinstance(part, AsyncGeneratorType)), None)
    return inner


def frame_of(awaitable: Any) -> FrameType | None:
    """The frame of a suspended coroutine, generator or async generator; None of anything else, and of one that has ended."""
    frame: FrameType | None = getattr(awaitable, "cr_frame", None) or getattr(awaitable, "gi_frame", None) or getattr(awaitable, "ag_frame", None)
    return frame


def frames_of(coroutine: Any) -> Iterator[FrameType]:
    """The frames of a suspended coroutine's await chain, outermost first."""
    seen = 0
    while coroutine is not None and seen < 50:
        frame = frame_of(coroutine)
        if frame is not None:
            yield frame
        coroutine = awaited_by(coroutine)
        seen += 1


def chain_of(coroutine: Any) -> Stack:
    """Where a suspended coroutine stands, innermost first, without the probe's own frames and the interpreter's library."""
    frames = [f for f in frames_of(coroutine) if not is_probe_file(f.f_code.co_filename) and not is_standard(f.f_code)]
    return tuple((f.f_code, f.f_lineno) for f in reversed(frames))


def user_site_of(coroutine: Any) -> tuple[CodeType, int] | None:
    """Where a suspended coroutine stands: the innermost frame of the user's own code on its await chain."""
    best = None
    for frame in frames_of(coroutine):
        if is_user_code(frame.f_code):
            best = (frame.f_code, frame.f_lineno)
    return best


def user_site(frame: Any) -> tuple[Any, int]:
    """The innermost line of the user's own code at or above `frame`; `frame`'s own line if there is none."""
    first = frame
    while frame is not None and not is_user_code(frame.f_code):
        frame = frame.f_back
    frame = frame or first
    return frame.f_code, frame.f_lineno
