"""Starting the workload's own command with the probe's hook in it, and ending it again.

The command runs in its own session, so that its whole process group can be ended and a
Ctrl-C at the terminal reaches only the app.  What it prints goes through a pipe into a
bounded buffer: a workload that prints without end costs neither disk nor memory.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from racetrap.case import Workload
from racetrap.errors import Problem

JOB_FORMAT = 1
_ADDR_NO_RANDOMIZE = 0x0040000
_QUERY = 0xFFFFFFFF


class OutputTail:
    """The first and the last `limit` bytes of what a process printed."""

    def __init__(self, limit: int = 64 * 1024) -> None:
        self.limit = limit
        self._head = bytearray()
        self._tail = bytearray()
        self._skipped = 0

    def add(self, data: bytes) -> None:
        room = self.limit - len(self._head)
        self._head += data[:room]
        self._tail += data[room:] if room > 0 else data
        if len(self._tail) > self.limit:
            extra = len(self._tail) - self.limit
            self._skipped += extra
            del self._tail[:extra]

    def text(self) -> str:
        gap = f"\n[... {self._skipped} bytes left out ...]\n".encode() if self._skipped else b""
        return bytes(self._head + gap + self._tail).decode("utf-8", "replace")

    def tail(self, lines: int = 30) -> str:
        """Its last lines."""
        return "\n".join(self.text().rstrip().splitlines()[-lines:])


class JobDirectory:
    """job.json, the socket and the journal, in a directory with a short name."""

    def __init__(self) -> None:
        try:
            self.path = Path(tempfile.mkdtemp(prefix="racetrap-"))
            if len(str(self.path)) > 80:  # UNIX socket names end at 107 bytes
                shutil.rmtree(self.path)
                self.path = Path(tempfile.mkdtemp(prefix="racetrap-", dir="/tmp"))
            (self.path / "journal").mkdir()
        except OSError as error:
            raise Problem(
                "There is no place for the job's files.",
                seen=f"cannot make a directory in {tempfile.gettempdir()}: {error.strerror}",
                fix="set TMPDIR to a writable directory with some free space",
            ) from error
        self.socket = self.path / "app.sock"
        self.job = self.path / "job.json"

    def write_job(self, workload: Workload, *, latency: float, roles: dict[str, Any], max_units: int, patience: float = 15.0) -> None:
        job = {
            "format": JOB_FORMAT,
            "socket": str(self.socket),
            "journal": str(self.path / "journal"),
            "root": workload.root,
            "latency": latency,
            "roles": roles,
            "max_units": max_units,
            "reset": workload.reset,
            "also": workload.also,
            "patience": patience,
        }
        try:
            self.job.write_bytes(msgspec.json.encode(job))
        except OSError as error:
            raise Problem(
                "The job file cannot be written.",
                seen=f"{self.job}: {error.strerror}",
                fix="make room there, or set TMPDIR to another directory",
            ) from error

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)


def hook_directory() -> Path:
    """The directory of the probe's sitecustomize; found without importing the probe."""
    spec = importlib.util.find_spec("racetrap_probe")
    if spec is None or spec.origin is None:
        raise Problem(
            "racetrap's probe is not installed.",
            seen="there is no package racetrap_probe beside racetrap",
            fix=f"{sys.executable} -m pip install --force-reinstall racetrap",
        )
    return Path(spec.origin).parent / "_inject"


def child_environment(workload: Workload, job: Path, base: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The workload's environment: as it was recorded, plus the hook."""
    environment = {**base, **workload.environment}
    paths = [str(hook_directory()), environment.get("PYTHONPATH", "")]
    environment["PYTHONPATH"] = os.pathsep.join(p for p in paths if p)
    environment["RACETRAP_JOB"] = str(job)
    environment.setdefault("PYTHONHASHSEED", "0")
    return environment


@contextmanager
def fixed_addresses() -> Iterator[bool]:
    """Programs started inside get no address randomisation, where the system permits; yields whether it does.

    The setting is inherited and takes effect at exec, so it is made here and taken back: no code
    of ours runs between fork and exec.
    """
    if not sys.platform.startswith("linux"):
        yield False
        return
    personality = ctypes.CDLL(None, use_errno=True).personality
    personality.argtypes = [ctypes.c_ulong]
    before = personality(_QUERY)
    changed = before != -1 and personality(before | _ADDR_NO_RANDOMIZE) != -1
    try:
        yield changed
    finally:
        if changed:
            personality(before)


def start(workload: Workload, job: Path) -> subprocess.Popen[bytes]:
    """Start the workload's command; its output (both streams) comes through `stdout`.

    Raises:
        Problem: the system refuses to run it.
    """
    try:
        with fixed_addresses():
            process = subprocess.Popen(
                workload.command,
                cwd=workload.cwd,
                env=child_environment(workload, job),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
    except OSError as error:
        raise Problem(
            f"{workload.command[0]} cannot be started.",
            seen=f"{error.strerror} (in {workload.cwd})",
            fix="run the command by itself first; when it starts in this shell, racetrap can start it too",
        ) from error
    assert process.stdout is not None
    os.set_blocking(process.stdout.fileno(), False)
    return process


def kill_all(process: subprocess.Popen[bytes]) -> None:
    """End the workload, its process group and everything else that is still in its session."""
    for target in [-process.pid, *_session_members(process.pid)]:
        try:
            os.kill(target, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
    process.wait()


def _session_members(session: int) -> list[int]:
    """Processes of that session; forked runs have process groups of their own.  Only where there is a /proc."""
    members = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # ended meanwhile
        if int(fields[3]) == session:
            members.append(int(entry.parent.name))
    return members
