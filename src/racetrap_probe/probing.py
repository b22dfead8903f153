"""Asking a running program a question, in a fork that is thrown away.

"Would another acquire ever succeed?"  "Is this object still held by anything alive?"  The child is a copy of the program in the middle of
its run: it may go on by itself (`drive`), be given new tasks, and be looked at; then it answers and is gone.
"""

from __future__ import annotations

import _thread
import asyncio
import gc
import json
import os
import select
import signal
import sys
import types
from asyncio import tasks
from collections import deque
from collections.abc import Callable, Container, Iterable, Iterator
from itertools import chain
from typing import Any

from . import current, same_process, sites, standstill, threads
from .engine import Abort

PATIENCE = 4.0
"""Seconds of a processor that the children of a run may use together, and real seconds one may stand still: neither depends on how busy the machine is."""
SLICE = 0.1
TURNS = 4_000
under_way = False
"""The program stands while a question about it is asked."""
HOUR = 3_600.0


def ask(question: Callable[[], Any], alone: bool = False) -> Any:
    """Fork, answer `question` in the child, return the answer (JSON); None when the child could not answer.

    alone: the child can do without the other threads (probing_threads).
    """
    global under_way
    engine = current.engine
    if engine is not None and (engine.wire is not None or (engine.world is not None and not alone)):
        return None  # a copy of the program would talk to the same real servers over the same connections
    read, write = os.pipe()
    threads.asking = True
    try:
        pid = same_process.fork()
    except RuntimeError:  # from 3.12 on, not once the interpreter shuts down
        os.close(read)
        os.close(write)
        return None
    finally:
        threads.asking = False
    if pid == 0:
        os.close(read)
        try:
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, 1)
            os.dup2(null, 2)
            os.write(write, json.dumps(question()).encode())
        except BaseException as error:  # noqa: BLE001 - a child that cannot answer says so and is gone
            os.write(write, json.dumps({"error": f"{type(error).__name__}: {error}"}).encode())
        finally:
            os.kill(os.getpid(), signal.SIGKILL)
    os.close(write)
    under_way = True
    try:
        data = _answer(pid, read, PATIENCE - (engine.spent_asking if engine is not None else 0.0))
    finally:  # also where this run is ended meanwhile
        under_way = False
        os.close(read)
        os.kill(pid, signal.SIGKILL)
        _, _, usage = os.wait4(pid, 0)
        if engine is not None:
            engine.spent_asking += usage.ru_utime + usage.ru_stime
    if not data:
        return None
    answer = json.loads(data)
    return None if isinstance(answer, dict) and "error" in answer and len(answer) == 1 else answer


def _answer(pid: int, read: int, most: float) -> bytes:
    """What that child writes; what has come after `most` seconds of a processor, or when it stood still for long."""
    data = b""
    stood = 0
    while stood * SLICE < PATIENCE:
        if select.select([read], [], [], SLICE)[0]:
            chunk = os.read(read, 1 << 16)
            if not chunk:
                break
            data += chunk
        else:
            runs, used = _progress(pid)
            if used >= most:
                break
            stood = 0 if runs else stood + 1
    return data


def _progress(pid: int) -> tuple[bool, float]:
    """Is that process running or ready to run, and how many seconds of a processor has it used?"""
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return fields[0] in "RD", (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def drive(engine: Any, loop: Any, until: Callable[[], bool], turns: int = TURNS) -> bool:
    """In the child: let the program go on, in stock order, until `until()` or until it has come to rest -> until().

    May be called inside a callback of the loop: the running task is set aside, it does not go on.
    At rest: nothing can run, or what runs does over and over the same (standstill.py), or an hour of virtual time or many turns brought nothing.
    """
    engine.quiet = True
    engine.book = None
    engine.on_abort = None
    engine.rest = None
    engine.outcome = None
    engine.patience = 0.0
    if asyncio._get_running_loop() is not loop:
        asyncio._set_running_loop(loop)  # it belongs to a process; a fresh fork has none
    current = tasks.current_task(loop)
    if current is not None:
        tasks._leave_task(loop, current)  # type: ignore[attr-defined]
    end = engine.now + HOUR * max(1, turns // TURNS)
    engine.most_waits = 1 << 60
    engine.max_turns = engine.turns + 10 * turns
    engine.steps = still = standstill.Standstill(engine, loop)
    try:
        while not until() and turns > 0 and engine.now < end and not still.reached():
            loop._stopping = False
            loop._run_once()
            turns -= 1
    except Abort:
        pass
    finally:
        if current is not None:
            tasks._enter_task(loop, current)  # type: ignore[attr-defined]
    return until()


DEEP = 30
"""Steps from what is alive to what it holds."""
OPAQUE = (type, types.ModuleType, types.FunctionType, types.BuiltinFunctionType, BaseException, types.CodeType, str, bytes, int, float)


def held_by_the_living(
    target: Any, not_through: set[int], registry_of: Callable[[Any], bool], others: Iterable[Any] = (), apart: Iterable[Any] = ()
) -> bool:
    """Is `target` reachable from suspended coroutines and generators, the stacks of all threads, `others`, or the user's modules, other than through `not_through` (ids)?

    registry_of(container): the container is a register of all resources, and holding it means nothing.
    apart: frames whose holding it means nothing (`frames_of_own_tasks`).
    Exceptions are not followed: a traceback remembers a dead frame.
    """
    without = {id(frame) for frame in apart}
    todo: deque[tuple[Any, int]] = deque((root, 0) for root in chain(others, _roots(target, without)))
    seen: set[int] = set()
    while todo:
        value, depth = todo.popleft()
        if value is target:
            return True
        if len(seen) > 50_000:
            return True  # too much to look at: perhaps
        if id(value) in seen or id(value) in not_through or isinstance(value, OPAQUE) or depth > DEEP:
            continue
        seen.add(id(value))
        if isinstance(value, (list, set, dict, deque, tuple)) and registry_of(value):
            continue
        if isinstance(value, asyncio.Future) and value.done():
            if not value.cancelled() and value.exception() is None:
                todo.append((value.result(), depth + 1))
            continue
        if isinstance(value, types.MethodType):
            todo.append((value.__self__, depth + 1))
            continue
        if isinstance(value, types.CoroutineType) and id(value.cr_frame) in without:
            continue
        for inner in gc.get_referents(value):
            todo.append((inner, depth + 1))
    return False


def frames_of_own_tasks(pool: str, kind: str, borrowers: Container[int]) -> list[Any]:
    """The frames of tasks that run nothing but methods of a pool and its resources (it pings what it has, or takes back what is overdue).

    What the variable of their loop holds, they hold for nobody.

    Args:
        pool, kind: names of the pool's class and the resource's.
        borrowers: numbers of tasks that are none of these.
    """
    loop = asyncio._get_running_loop()
    out: list[Any] = []
    for task in asyncio.all_tasks(loop) if loop is not None else ():
        frames = [f for f in sites.frames_of(task.get_coro()) if not sites.is_standard(f.f_code) and not sites.is_probe_file(f.f_code.co_filename)]
        selves = [type(f.f_locals.get("self")).__qualname__ for f in frames]
        if selves and selves[0] == pool and {*selves} <= {pool, kind} and getattr(task, "racetrap_number", 0) not in borrowers:
            out += frames
    return out


def _roots(target: Any, apart: set[int]) -> Iterator[Any]:
    frame: Any = sys._getframe()
    while frame is not None:
        if sites.is_user_code(frame.f_code):
            yield from frame.f_locals.values()
        frame = frame.f_back
    me = _thread.get_ident()
    for ident, top in sys._current_frames().items():
        frame = top if ident != me else None
        while frame is not None:
            # the resource's own threads hold it for nobody, and the probe's none at all
            if not sites.is_probe_file(frame.f_code.co_filename) and frame.f_locals.get("self") is not target:
                yield from frame.f_locals.values()
            frame = frame.f_back
    greenlet = getattr(sys.modules.get("greenlet"), "greenlet", None)
    for value in gc.get_objects():
        if isinstance(value, (types.CoroutineType, types.GeneratorType, types.AsyncGeneratorType)):
            frame = getattr(value, "cr_frame", None) or getattr(value, "gi_frame", None) or getattr(value, "ag_frame", None)
            # the resource's own coroutines (a keepalive, a reader) do not hold it for anybody
            if frame is not None and id(frame) not in apart and frame.f_locals.get("self") is not target and not sites.is_probe_file(frame.f_code.co_filename):
                yield from frame.f_locals.values()
        elif greenlet is not None and isinstance(value, greenlet):
            frame = value.gr_frame
            while frame is not None:
                if not sites.is_probe_file(frame.f_code.co_filename):
                    yield from frame.f_locals.values()
                frame = frame.f_back
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if (file and sites.is_user_file(file)) or getattr(module, "__name__", "") == "__main__":
            yield from list(vars(module).values())
