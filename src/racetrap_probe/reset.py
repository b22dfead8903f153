"""State outside of the program put back before each schedule: the user's own command, run where no schedule is under way."""

from __future__ import annotations

import contextlib
import os
import signal
import tempfile

from . import clock

PATIENCE = 60.0
"""Real seconds it may take."""
command = ""
"""What a shell runs; "" for nothing.  Set once, from the job."""


class ResetFailed(Exception):
    """The command ended with another status than 0, or did not end in time; the message says how, with the end of its output."""


def run() -> None:
    """
    Raises:
        ResetFailed
    """
    if not command:
        return
    with tempfile.TemporaryFile() as output:
        null = os.open(os.devnull, os.O_RDONLY)
        try:
            actions = [(os.POSIX_SPAWN_DUP2, null, 0), (os.POSIX_SPAWN_DUP2, output.fileno(), 1), (os.POSIX_SPAWN_DUP2, output.fileno(), 2)]
            pid = os.posix_spawn("/bin/sh", ["/bin/sh", "-c", command], os.environ, file_actions=actions, setpgroup=0)
        finally:
            os.close(null)
        status = _wait(pid)
        if status == 0:
            return
        output.seek(max(0, os.fstat(output.fileno()).st_size - 2000))
        told = output.read().decode(errors="replace").strip()
    how = f"did not end within {PATIENCE:g} s" if status is None else f"was ended by signal {-status}" if status < 0 else f"ended with exit status {status}"
    raise ResetFailed(f"{how}{'; its output ends: ' + told if told else ', without any output'}")


def _wait(pid: int) -> int | None:
    """Exit status, or minus the signal; None: it was killed because its time was up."""
    end = clock.real_monotonic() + PATIENCE
    pause = 0.0005
    while clock.real_monotonic() < end:
        got, status = os.waitpid(pid, os.WNOHANG)
        if got:
            return os.waitstatus_to_exitcode(status)
        clock.real_sleep(pause)
        pause = min(0.02, pause * 1.5)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return None
