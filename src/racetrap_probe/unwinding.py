"""How functions are left: by an exception, from where, or by their end.

For a recorded run only: a trace function sees the frames of the named functions, and the book gets an event `raise` (an exception leaves the
function; its place is where it was raised, `via` where it left) or `leave` (the function returned).  Trace functions cost much and change
nothing: time is virtual.
"""

from __future__ import annotations

import opcode
import sys
from types import CodeType, FrameType
from typing import Any

from . import loop, sites

_RETURNS = ("RETURN_VALUE", "RETURN_CONST")
_GOING = (*_RETURNS, "YIELD_VALUE", "SEND", "RESUME")


class Unwinding:
    """functions: (path as in sites, qualified name) of each that is watched."""

    def __init__(self, book: Any, functions: list[list[str]]) -> None:
        self.book = book
        self.functions = {(path, name) for path, name in functions}
        self.watched: dict[CodeType, bool] = {}
        self.last: dict[FrameType, Any] = {}

    def begin(self) -> None:
        sys.settrace(self._called)

    def end(self) -> None:
        sys.settrace(None)
        self.last.clear()

    def _called(self, frame: FrameType, event: str, arg: Any) -> Any:
        code = frame.f_code
        known = self.watched.get(code)
        if known is None:
            known = self.watched[code] = (sites.relative(code.co_filename), code.co_qualname) in self.functions
        return self._inside if known else None

    def _inside(self, frame: FrameType, event: str, arg: Any) -> Any:
        if event == "exception":
            if issubclass(arg[0], (StopIteration, StopAsyncIteration, GeneratorExit)):
                return self._inside  # how awaiting and iterating end
            self.last[frame] = [True, arg]
        elif event == "return":
            fresh, raised = self.last.get(frame, (False, None))
            name = opcode.opname[frame.f_code.co_code[frame.f_lasti]]
            if raised is not None and arg is None and (fresh or name not in _GOING):
                self._raises(frame, raised)  # a bare `raise` is no exception event
            elif name in _RETURNS:
                self.book.record("leave", loop.task_number(), frame.f_code.co_qualname, (frame.f_code, frame.f_lineno))
        elif event == "line" and frame in self.last:
            self.last[frame][0] = False  # it is being handled
        return self._inside

    def _raises(self, frame: FrameType, raised: Any) -> None:
        kind, _, trace = raised
        where = (frame.f_code, frame.f_lineno)
        while trace is not None:
            if sites.is_user_code(trace.tb_frame.f_code):
                where = (trace.tb_frame.f_code, trace.tb_lineno)
            trace = trace.tb_next
        left = (frame.f_code, frame.f_lineno)
        self.book.record("raise", loop.task_number(), kind.__name__, where, detail=f"leaves {frame.f_code.co_qualname}", stack=(where, left))
