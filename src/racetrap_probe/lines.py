"""Lines of the user's code as switch points.

On 3.12 and later by `sys.monitoring` with a tool id that is free at the start; everywhere outside of the user's code the event is switched
off for good.  On 3.11 by `sys.settrace` in the controlled threads, with a local trace function in the user's frames only.

Nothing is switched on before a program has a second thread.  A trace function of the user's own (a debugger, a
coverage tool) is left in place on 3.11: then lines are no switch points in that thread, and it is named.
"""

from __future__ import annotations

import _thread
import functools
import sys
from types import CodeType
from typing import Any

from . import current, outside, sites

_get_ident = _thread.get_ident
_monitoring: Any = getattr(sys, "monitoring", None)
_tool = -1
users: dict[CodeType, bool] = {}
NO_TRACE = "a trace function of the program's own: lines are no switch points there"
OTHER_TOOL = "another tool of sys.monitoring is at work ({}): not every line is a switch point beside it"
NO_TOOL = "no tool id of sys.monitoring is free: lines are no switch points"


def is_user(code: CodeType) -> bool:
    known = users.get(code)
    if known is None:
        # "<string>" is the program of `python -c`, and otherwise what namedtuple, dataclass and their like generate
        known = users[code] = sites.is_user_code(code) and (code.co_filename != "<string>" or "-c" in sys.orig_argv[:6])
    return known


def begin(world: Any) -> None:
    """From here on lines are switch points: in this thread, and in each that calls `begin_thread`."""
    global _tool
    world.lines_on = True
    if _monitoring is None:
        begin_thread()
        frame: Any = sys._getframe(1)
        while frame is not None:
            if is_user(frame.f_code) and frame.f_trace is None:
                frame.f_trace = _local
            frame = frame.f_back
        return
    others = {_monitoring.get_tool(i) for i in range(6) if i != _tool} - {None}
    if others:
        world.engine.note_uncontrolled(OTHER_TOOL.format(", ".join(sorted(others))), "")
    if _tool < 0:
        _tool = next((i for i in (4, 3, 1, 2, 0, 5) if _monitoring.get_tool(i) is None), -1)
        if _tool < 0:
            world.engine.note_uncontrolled(NO_TOOL, "")
            return
        _monitoring.use_tool_id(_tool, "racetrap")
        events = _monitoring.events
        _stock_register(_tool, events.LINE, _on_line)
        _stock_register(_tool, events.PY_RETURN, _on_return)
        _stock_register(_tool, events.PY_UNWIND, _on_unwind)
        _monitoring.set_events(_tool, events.LINE)


def begin_thread() -> None:
    """In a controlled thread, before its first line."""
    if _monitoring is not None:
        return
    if sys.gettrace() not in (None, _global):
        engine = current.engine
        if engine is not None:
            engine.note_uncontrolled(NO_TRACE, "")
        return
    _stock_settrace(_global)


def end_thread(worker: Any = None) -> None:
    """In a controlled thread, when it is over; worker: who it is, if it is not the main thread."""
    if _monitoring is not None:
        return
    kept = sys.gettrace()
    if kept is not None and (kept is _global or worker is not None):
        _stock_settrace(None)  # no trace function sees the rest of it
    engine = current.engine
    if worker is not None and kept is not _global and engine is not None and current.world is not None and current.world.lines_on and worker.abort is None:
        engine.note_uncontrolled(NO_TRACE, "")


_stock_settrace = sys.settrace


@functools.wraps(_stock_settrace)
def _settrace(function: Any, /) -> None:
    """The program's own: none instead of none leaves ours in place; another one takes its place, and that is named."""
    frame: Any = sys._getframe(1)
    if sys.gettrace() is _global and not sites.is_probe_file(frame.f_code.co_filename):
        if function is None:
            return
        engine = current.engine
        if engine is not None:
            engine.note_uncontrolled(NO_TRACE, sites.text(sites.user_site(frame)))
    _stock_settrace(function)


def install() -> None:
    """Once per process."""
    if _monitoring is None:
        sys.settrace = _settrace
    else:
        _monitoring.register_callback = _register


_stock_register: Any = getattr(_monitoring, "register_callback", None)


def _register(tool: int, event: int, function: Any, /) -> Any:
    """sys.monitoring.register_callback: what a tool of the program's own watches begins where a lock of ours ends.

    The interpreter's locks have no lines; a tool that is called in the middle of one, and takes the same one, would wait for itself.
    """
    if function is None:
        return _stock_register(tool, event, None)
    nothing = _monitoring.DISABLE if event & _CAN_BE_OFF else None
    ours: dict[CodeType, bool] = {}

    @functools.wraps(function)
    def called(code: CodeType, *args: Any) -> Any:
        known = ours.get(code)
        if known is None:
            known = ours[code] = sites.is_probe_file(code.co_filename)
        return nothing if known else function(code, *args)

    return _stock_register(tool, event, called)


_CAN_BE_OFF = 0
if _monitoring is not None:
    _events = _monitoring.events
    _CAN_BE_OFF = _events.PY_START | _events.PY_RESUME | _events.PY_RETURN | _events.PY_YIELD | _events.CALL | _events.LINE | _events.INSTRUCTION | \
        _events.JUMP | _events.BRANCH


def end() -> None:
    """For good: this process is about to end."""
    if _tool >= 0:
        _monitoring.set_events(_tool, 0)


# ------------------------------------------------------------------- 3.11
def _global(frame: Any, event: str, _: Any) -> Any:
    if users is None:
        return None  # type: ignore[unreachable]  # the interpreter is about to be gone
    code = frame.f_code
    known = users.get(code)
    if known is None:
        known = is_user(code)
    return _local if known else None


def _local(frame: Any, event: str, _: Any) -> Any:
    world = current.world
    if world is not None and _get_ident() != current.thread:
        outside.came_back()
    if world is not None and (_get_ident() == current.thread or world.is_free):
        if event == "line":
            code = frame.f_code
            world.line(frame, code, frame.f_lineno)
            if code.co_freevars or code.co_cellvars:
                frame.f_locals  # noqa: B018 - the interpreter writes its snapshot of them back: others may have changed the cells meanwhile
        elif event == "return" and world.atoms is not None:
            world.atoms.left(world.running, frame)
    return _local


# ----------------------------------------------------------- 3.12 and later
def _on_line(code: CodeType, number: int) -> Any:
    known = users.get(code)
    if known is None:
        known = is_user(code)
        if known and current.world is not None and current.world.atoms is not None and current.world.atoms.of(code):
            _monitoring.set_local_events(_tool, code, _monitoring.events.PY_RETURN | _monitoring.events.LINE)
    if not known:
        return _monitoring.DISABLE
    world = current.world
    if world is not None and _get_ident() != current.thread:
        outside.came_back()
    if world is not None and (_get_ident() == current.thread or world.is_free):
        world.line(sys._getframe(1), code, number)
    return None


def _on_return(code: CodeType, offset: int, value: Any) -> None:
    world = current.world
    if world is not None and world.atoms is not None and (_get_ident() == current.thread or world.is_free):
        world.atoms.left(world.running, sys._getframe(1))


def _on_unwind(code: CodeType, offset: int, error: Any) -> None: ...
