"""The fork server: one unit of work, stopped just before it begins, run again and again.

The server forks a child for every single run and a worker for every search; it reads their lines and
hands them to the app (docs/protocol.md).  It runs none of the user's code itself.
"""

from __future__ import annotations

import contextlib
import json
import mmap
import os
import select
import signal
import socket
import struct
import sys
from typing import Any

from . import clock
from .schedule import Decision

_CELL = struct.Struct("<hhhh")
_RING = 1 << 18
EXIT_GRACE = 3.0


class Channel:
    """Lines to the server, from a child."""

    def __init__(self, fd: int) -> None:
        self.fd = fd

    def send(self, message: dict[str, Any]) -> None:
        data = json.dumps(message, default=repr).encode() + b"\n"
        while data:
            data = data[os.write(self.fd, data):]


class _Child:
    def __init__(self, pid: int, fd: int, command: dict[str, Any], shared: mmap.mmap) -> None:
        self.pid = pid
        self.fd = fd
        self.command = command
        self.shared = shared
        self.buffer = bytearray()
        self.result: dict[str, Any] | None = None
        self.last_line = clock.real_monotonic()
        self.last_index = -1
        self.deadline = self.last_line + float(command.get("wall", 30.0))
        self.killed = False
        self.done_sent = False


class Server:
    """Serves one unit until it is told to quit or the app goes away.  `serve` returns only in children."""

    def __init__(self, unit: Any, sock: socket.socket) -> None:
        self.unit = unit
        self.sock = sock
        self.children: dict[int, _Child] = {}

    def send(self, message: dict[str, Any]) -> None:
        self.sock.sendall(json.dumps(message, default=repr).encode() + b"\n")

    def serve(self, notices: list[str]) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        self.send({"msg": "unit", "unit": self.unit.name, "kind": self.unit.kind, "pid": os.getpid(), "notices": notices})
        pending = bytearray()
        try:
            while True:
                fds = [self.sock.fileno(), *(c.fd for c in self.children.values())]
                ready, _, _ = select.select(fds, [], [], 0.25)
                for fd in ready:
                    if fd != self.sock.fileno():
                        self._read_child(fd)
                        continue
                    data = self.sock.recv(1 << 16)
                    if not data:
                        self._quit()
                    pending += data
                    while (end := pending.find(b"\n")) >= 0:
                        line, pending = bytes(pending[:end]), pending[end + 1 :]
                        if self._take(json.loads(line)):
                            return
                self._watch()
        except (BrokenPipeError, ConnectionResetError, KeyboardInterrupt):
            self._quit()

    def _take(self, command: dict[str, Any]) -> bool:
        """-> True in a child that must go on with the user's program."""
        op = command["op"]
        if op == "quit":
            self._quit()
        if op == "stop":
            for child in self.children.values():
                if child.command["id"] == command["id"] and child.command["op"] == "search":
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(child.pid, signal.SIGUSR1)
            return False
        read, write = os.pipe()
        shared = mmap.mmap(-1, _RING)
        pid = os.fork()
        if pid:
            os.close(write)
            self.children[read] = _Child(pid, read, command, shared)
            return False
        os.close(read)
        self.sock.close()
        for child in self.children.values():
            os.close(child.fd)
        os.setpgid(0, 0)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if op == "search" or command.get("schedule", {}).get("decisions"):
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, 1)
            os.dup2(null, 2)
            os.close(null)
        if op == "search":
            self._search(command, Channel(write), shared)
        else:
            self.unit.arm(command, Channel(write), shared)
        return True

    def _search(self, command: dict[str, Any], channel: Channel, shared: mmap.mmap) -> None:
        """In a worker.  Returns only in a fork of it that goes on with the user's program."""
        from .search import GoOn

        status = 0
        try:
            self.unit.search(command, channel, shared)
        except GoOn as go:
            os.close(channel.fd)
            self.unit.begin(go.execution, go.report)
            return
        except BaseException:  # noqa: BLE001 - whatever it was, the app must be told
            import traceback

            channel.send({"msg": "done", "id": command["id"], "runs": 0, "seconds": 0.0, "mode": "fork", "why": "",
                          "uncontrolled": [], "reason": "crashed", "text": traceback.format_exc()})
            status = 1
        os._exit(status)

    # ------------------------------------------------------------- children
    def _read_child(self, fd: int) -> None:
        child = self.children[fd]
        data = os.read(fd, 1 << 16)
        if data:
            child.last_line = clock.real_monotonic()
            child.buffer += data
            while (end := child.buffer.find(b"\n")) >= 0:
                line = bytes(child.buffer[:end])
                del child.buffer[: end + 1]
                if child.command["op"] == "run":
                    child.result = json.loads(line)
                else:
                    child.done_sent = child.done_sent or line.startswith(b'{"msg": "done"')
                    self.sock.sendall(line + b"\n")
            return
        self._ended(child)

    def _ended(self, child: _Child) -> None:
        os.close(child.fd)
        del self.children[child.fd]
        status = _wait(child.pid)
        if child.command["op"] == "run":
            self.send({"msg": "result", "id": child.command["id"],
                       **merge(child.result, status, child.killed, child.shared)})
        elif not child.done_sent:
            (index,) = struct.unpack_from("<q", child.shared, 0)
            self.send({"msg": "done", "id": child.command["id"], "runs": 0, "seconds": 0.0, "mode": "in-process", "why": "",
                       "uncontrolled": [], "reason": "crashed", "index": index, "signal": -status if status < 0 else None})
        child.shared.close()

    def _watch(self) -> None:
        """Kill what runs longer than it may: a child by its wall time, a worker whose current run does not end."""
        now = clock.real_monotonic()
        for child in list(self.children.values()):
            if child.command["op"] == "search":
                (index,) = struct.unpack_from("<q", child.shared, 0)
                if index != child.last_index:
                    child.last_index = index
                    child.deadline = now + float(child.command.get("wall", 30.0))
            if now > child.deadline and not child.killed:
                child.killed = True
                _kill(child.pid)

    def _quit(self) -> None:
        for child in self.children.values():
            _kill(child.pid)
        os._exit(0)


def _kill(pid: int) -> None:
    for target in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            target(pid, signal.SIGKILL)


def _wait(pid: int) -> int:
    """Exit status, or minus the signal; what outlives its pipe gets a grace and is then killed."""
    end = clock.real_monotonic() + EXIT_GRACE
    while clock.real_monotonic() < end:
        got, status = os.waitpid(pid, os.WNOHANG)
        if got:
            return os.waitstatus_to_exitcode(status)
        clock.real_sleep(0.002)
    _kill(pid)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def merge(result: dict[str, Any] | None, status: int, killed: bool, ring: mmap.mmap) -> dict[str, Any]:
    """What a run said of itself (None: nothing), and what its end says."""
    from .oracles import user

    if result is None:
        result = {"outcome": "killed", "exit": max(status, 0), "signal": -status if status < 0 else None, "exception": None,
                  "slow_world": False, "violations": [], "digest": f"killed {status}", "turns": 0, "virtual_seconds": 0.0,
                  "choices": 0, "decisions": _from_ring(ring), "diverged": None, "assumes": [],
                  "uncontrolled": []}
        if killed:
            result["outcome"] = "unfinished"
        elif status < 0:
            name = signal.Signals(-status).name
            result["violations"] = [{"code": "USER001", "title": f"the process was ended by {name}", "certain": True,
                                     "key": f"USER001:signal {name}", "resource": "", "sites": [], "detail": [], "sleep0": False}]
        return result
    result["exit"] = status if status >= 0 else 1
    if status > 0 and result["outcome"] == "passed":
        result["outcome"] = "failed"
        result["violations"].append(user.exit_violation(status, result))
    return result


def _from_ring(ring: mmap.mmap) -> list[list[Any]]:
    (count,) = struct.unpack_from("<q", ring, 0)
    return [Decision(*_CELL.unpack_from(ring, 8 + i * _CELL.size)).as_json()
            for i in range(min(count, (_RING - 8) // _CELL.size))]


def record_into(ring: mmap.mmap) -> Any:
    """A recorder of decisions that survives the process: -> the function for Engine.record."""
    most = (_RING - 8) // _CELL.size
    count = 0

    def record(decision: tuple[int, int, int, int]) -> None:
        nonlocal count
        if count < most:
            _CELL.pack_into(ring, 8 + count * _CELL.size, *decision)
        count += 1
        struct.pack_into("<q", ring, 0, count)

    return record


def connect(path: str) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.connect(path)
    os.set_inheritable(sock.fileno(), False)
    return sock


