"""The process id the program sees stays what it was before the fork point.

The forks a hunt runs schedules in stand for the process the program was started in.  The fork point can lie in the middle of a library's call (a pool
lends its first connection), and libraries compare process ids to learn that they were forked: they would throw away what that call has just begun.
A process the program itself forks sees its own id, as ever.
"""

from __future__ import annotations

import os
import sys
import tempfile
import types
from typing import Any

from . import sites

real = os.getpid
_real_kill, _real_getpgid = os.kill, os.getpgid
_shown = 0
"""The id that is told; 0: the real one."""
_kept = 0
"""The id to be told in forks of the hunt; 0: their own."""


def getpid() -> int:
    """Return the current process id."""
    return _shown or real()


def _own(pid: int) -> int:
    return real() if _shown and pid == _shown else pid


def kill(pid: int, signal: int, /) -> None:
    """Kill a process with a signal."""
    _real_kill(_own(pid), signal)


def getpgid(pid: int) -> int:
    """Call the system call getpgid(), and return the result."""
    return _real_getpgid(_own(pid))


def note(frame: Any) -> None:
    """At the fork point.  Where it lies in a call of an installed package, the id that is seen there stays."""
    global _kept
    while frame is not None:
        code = frame.f_code
        if not (code.co_filename.startswith("<") or sites.is_probe_file(code.co_filename) or sites.is_standard(code) or sites.is_user_code(code)):
            _kept = real()
            return
        frame = frame.f_back


def fork() -> int:
    """A fork of the hunt, which stands for the program."""
    global _shown
    shown = _shown or _kept
    pid = os.fork()
    if pid == 0 and shown:
        _shown = shown
        names: Any = getattr(tempfile, "_name_sequence", None)
        if names is not None:
            names._rng_pid = None  # names of temporary files differ from fork to fork, as they do where the id is another one
    return pid


def _forked() -> None:
    """In any fork: it has an id of its own, until it is said that it stands for the program."""
    global _shown, _kept
    _shown = _kept = 0


def install() -> None:
    """Once per process, before the user's first import."""
    replaced: dict[Any, Any] = {real: getpid, _real_kill: kill, _real_getpgid: getpgid}
    for function in replaced.values():
        function.__module__ = "posix"
    for module in list(sys.modules.values()):
        if not getattr(module, "__name__", "").startswith("racetrap_probe"):
            for name, value in list(vars(module).items()):
                if isinstance(value, types.BuiltinFunctionType) and value in replaced and isinstance(module, types.ModuleType):
                    setattr(module, name, replaced[value])
    os.register_at_fork(after_in_child=_forked)
