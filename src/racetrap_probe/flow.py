"""What a suspended function will do next: read from its byte code.

Asked rarely, when something looks wrong already; every answer errs on the side of "it may do more than that".
"""

from __future__ import annotations

from types import CodeType, FrameType
from typing import Any

from . import sites

_FORGETS = frozenset(("pop", "popitem", "remove", "discard", "clear", "cancel", "close"))
"""Methods that take something out of a place; with their result thrown away, it is forgotten."""
_PLAIN = frozenset((
    "PUSH_EXC_INFO", "POP_TOP", "POP_EXCEPT", "COPY", "RERAISE", "NOP", "CACHE", "PRECALL", "KW_NAMES", "PUSH_NULL", "SWAP", "RESUME",
    "LOAD_FAST", "LOAD_FAST_CHECK", "LOAD_FAST_BORROW", "LOAD_FAST_LOAD_FAST", "LOAD_DEREF", "LOAD_CONST", "LOAD_ATTR", "LOAD_METHOD", "CALL",
    "CONTAINS_OP", "IS_OP", "TO_BOOL", "POP_JUMP_FORWARD_IF_TRUE", "POP_JUMP_IF_TRUE", "RAISE_VARARGS", "LOAD_GLOBAL", "LOAD_NAME", "CHECK_EXC_MATCH", "POP_JUMP_FORWARD_IF_FALSE", "POP_JUMP_IF_FALSE", "NOT_TAKEN",
))


_RAISES = ("RERAISE", "RAISE_VARARGS")


def _instructions(code: CodeType) -> list[Any]:
    import dis

    return list(dis.get_instructions(code))


def _handler(code: CodeType, offset: int) -> int | None:
    """Where an exception raised at `offset` is handled; None: nowhere in this function."""
    import dis

    parse: Any = dis._parse_exception_table  # type: ignore[attr-defined]
    for entry in parse(code):
        if entry.start <= offset < entry.end:
            return int(entry.target)
    return None


def _is_await(names: dict[int, str], target: int) -> bool:
    """Is it the interpreter's own handler round an await (3.12 and later)?"""
    return names.get(target) == "CLEANUP_THROW"


def _handlers(code: CodeType, offset: int, found: list[Any]) -> list[list[Any]]:
    """The instructions of each handler an exception at `offset` passes, innermost first, with all its branches."""
    names = {i.offset: i.opname for i in found}
    out: list[list[Any]] = []
    for _ in range(20):
        target = _handler(code, offset)
        if target is None or names.get(target) == "CALL_INTRINSIC_1":
            break  # the last is what turns a StopIteration of a coroutine into an error
        offset = target
        if _is_await(names, target):
            continue
        rest = [i for i in found if i.offset >= target]
        if _is_end(rest, 0):
            offset = rest[2].offset
            continue
        end = next((n for n in range(len(rest)) if _is_end(rest, n)), len(rest))
        out.append(rest[:end])
        offset = rest[end - 1].offset
    return out


def _is_end(found: list[Any], at: int) -> bool:
    """Do the instructions that end every handler begin there?"""
    return [i.opname for i in found[at : at + 3]] == ["COPY", "POP_EXCEPT", "RERAISE"]


def only_forgets(frame: FrameType, name: str) -> bool:
    """Will the frame, when a cancellation reaches it now, leave without looking at its variable `name` and without keeping anything?"""
    for block in _handlers(frame.f_code, frame.f_lasti, _instructions(frame.f_code)):
        for at, instruction in enumerate(block):
            if instruction.opname not in _PLAIN or (at and instruction.opname == "PUSH_EXC_INFO") or instruction.argval == name or (
                    isinstance(instruction.argval, tuple) and name in instruction.argval):
                return False
            if instruction.opname == "CALL":
                method = next((i.argval for i in reversed(block[:at]) if i.opname in ("LOAD_METHOD", "LOAD_ATTR")), "")
                if method not in _FORGETS or block[at + 1].opname != "POP_TOP":
                    return False
    return True


def returns_at_once(code: CodeType, offset: int) -> bool:
    """Does the function, once the call at `offset` has returned, end without another await, loop or branch?"""
    for instruction in _instructions(code):
        if instruction.offset <= offset:
            continue
        name = instruction.opname
        if name.startswith("RETURN"):
            return True
        if name in ("SEND", "YIELD_VALUE", "GET_AWAITABLE", "FOR_ITER", "RERAISE", "RAISE_VARARGS") or "JUMP" in name:
            return False
    return False


def catches_cancellation(code: CodeType, offset: int) -> bool:
    """Has the function, round the instruction at `offset`, an except clause that takes a CancelledError and may not raise it on?"""
    for block in _handlers(code, offset, _instructions(code)):
        if any(i.opname == "WITH_EXCEPT_START" for i in block):
            continue  # the context manager decides
        checks = [n for n, i in enumerate(block) if i.opname == "CHECK_EXC_MATCH"]
        if not checks and block[-1].opname not in _RAISES:
            return True
        for nth, at in enumerate(checks):
            start = checks[nth - 1] if nth else 0
            body = [i.opname for i in block[at : checks[nth + 1] if nth + 1 < len(checks) else len(block)]]
            if any(i.argval in ("CancelledError", "BaseException") for i in block[start:at]) and (
                    "RAISE_VARARGS" not in body or any(name.startswith("RETURN") for name in body)):
                return True
    return False


_OF_THE_LOOP = frozenset(("CancelledError", "TimeoutError", "GeneratorExit", "StopAsyncIteration"))


def is_handled(frame: Any) -> bool:
    """Has a function of the user's own at or above `frame` an except clause, or a suppress(), that may take an ordinary error raised there?"""
    while frame is not None:
        code = frame.f_code
        if sites.is_user_code(code) and _takes_errors(code, frame.f_lasti):
            return True
        frame = frame.f_back
    return False


def _takes_errors(code: CodeType, offset: int) -> bool:
    found = _instructions(code)
    for block in _handlers(code, offset, found):
        if any(i.opname == "WITH_EXCEPT_START" for i in block):
            if _suppresses(code, block[0].offset, found):
                return True
            continue  # the context manager decides
        checks = [n for n, i in enumerate(block) if i.opname == "CHECK_EXC_MATCH"]
        if not checks and block[-1].opname not in _RAISES:
            return True
        for nth, at in enumerate(checks):
            start = checks[nth - 1] if nth else 0
            body = [i.opname for i in block[at : checks[nth + 1] if nth + 1 < len(checks) else len(block)]]
            named = {i.argval for i in block[start:at] if isinstance(i.argval, str) and i.argval[:1].isupper()}
            if not (named and named <= _OF_THE_LOOP) and ("RAISE_VARARGS" not in body or any(name.startswith("RETURN") for name in body)):
                return True
    return False


def _suppresses(code: CodeType, target: int, found: list[Any]) -> bool:
    """Is the `with` whose handler begins at `target` one of a suppress()?"""
    import dis

    parse: Any = dis._parse_exception_table  # type: ignore[attr-defined]
    start = min((entry.start for entry in parse(code) if entry.target == target), default=0)
    before = [i for i in found if i.offset < start]
    enters = next((n for n in range(len(before) - 1, -1, -1) if before[n].opname in ("BEFORE_WITH", "LOAD_SPECIAL")), 0)
    return any(i.argval == "suppress" for i in before[max(0, enters - 20) : enters])
