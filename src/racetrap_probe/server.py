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

from . import clock, current, heap, probing, reset, same_process, sites, wire
from .schedule import Decision

BLOCKED = signal.SIGXCPU
"""Sent to a run whose time is up: twice, a second apart; if the loop did not turn in between, it is blocked."""
_CELL = struct.Struct("<hhhh")
_RING = 1 << 18
RINGS = 12
EXIT_GRACE = 3.0
WARNING = 1.0
LENGTHS = 24
"""Where in a worker's slot the length of the default run is kept, in decisions and in events: behind the schedule's index, the beat and the wall time."""
MOST_CRASHES = 3
"""A search whose workers died that often goes on in forks."""


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
        self.began = clock.real_monotonic()
        self.last_seen = [-1, -1]
        self.wall = float(command.get("wall", 30.0))
        self.deadline = self.began + self.wall
        self.warned = 0
        self.killed = False
        self.done_sent = False


class Server:
    """Serves one unit until it is told to quit or the app goes away.  `serve` returns only in children."""

    def __init__(self, unit: Any, sock: socket.socket) -> None:
        self.unit = unit
        self.sock = sock
        self.children: dict[int, _Child] = {}
        self.rings = [mmap.mmap(-1, _RING) for _ in range(RINGS)]
        """Used again and again: a mapping that comes and goes would shift the addresses of what forks allocate."""
        self.later: list[dict[str, Any]] = []
        """What the server wants done next, in the form of commands."""

    def send(self, message: dict[str, Any]) -> None:
        self.sock.sendall(json.dumps(message, default=repr).encode() + b"\n")

    def serve(self, notices: list[str]) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        self.send({"msg": "unit", "unit": self.unit.name, "kind": self.unit.kind, "pid": same_process.real(), "notices": notices,
                   "watched": getattr(self.unit.roles, "watched", ""), "uncontrolled": self.unit.uncontrolled})
        self._rehearse()
        heap.start_afresh()  # once here, so that the forks have little left to use up
        heap.before_forks()
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
                while self.later:
                    if self._take(self.later.pop(0)):
                        return
        except (BrokenPipeError, ConnectionResetError, KeyboardInterrupt):
            self._quit()

    def _rehearse(self) -> None:
        """Serve one run that does nothing, so that the first real one finds what the interpreter caches as later ones do."""
        real, (mine, other) = self.sock, socket.socketpair()
        self.sock = other
        command = json.loads('{"op": "run", "id": 0, "schedule": {}, "full": true, "wall": 30}')
        read, write = os.pipe()
        pid = same_process.fork()
        if pid == 0:
            try:
                Channel(write).send({"outcome": "passed", "violations": [], "assumes": []})
            finally:
                os._exit(0)
        os.close(write)
        self.children[read] = _Child(pid, read, command, self.rings.pop())
        while self.children:
            select.select([read], [], [], 0.25)
            self._read_child(read)
            self._watch()
        json.loads(mine.recv(1 << 16))
        mine.close()
        other.close()
        self.sock = real

    def _take(self, command: dict[str, Any]) -> bool:
        """-> True in a child that must go on with the user's program."""
        op = command["op"]
        if op == "quit":
            self._quit()
        if op == "try":
            for child in self.children.values():
                if child.command["id"] == command["id"] and child.command["op"] == "trials":
                    _write_all(child.fd, json.dumps(command).encode() + b"\n")
            return False
        if op == "stop":
            for child in self.children.values():
                if child.command["id"] == command["id"] and child.command["op"] in ("search", "again"):
                    child.command["stopped"] = True
                if child.command["id"] == command["id"] and child.command["op"] == "search":
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(child.pid, signal.SIGUSR1)
                elif child.command["id"] == command["id"] and child.command["op"] == "trials":
                    _kill(child.pid)
            return False
        if op not in ("search", "trials"):
            try:
                reset.run()
            except reset.ResetFailed as failed:
                self.send({"msg": "result", "id": command["id"], "outcome": "reset-failed", "exception": {"type": "ResetFailed", "message": str(failed)}})
                return False
        read, write = _pipe_both_ways() if op == "trials" else os.pipe()
        shared = self.rings.pop() if self.rings else mmap.mmap(-1, _RING)
        shared[:64] = bytes(64)
        pid = same_process.fork()
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
        if op in ("search", "again", "trials") or command.get("alone") or command.get("schedule", {}).get("decisions"):
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, 1)
            os.dup2(null, 2)
            os.close(null)
        signal.signal(BLOCKED, on_blocked)
        if op in ("search", "trials"):
            self._search(command, Channel(write), shared)
        elif op == "again":
            self.unit.again(command, Channel(write), shared)
        else:
            self.unit.arm(command, Channel(write), shared)
        return True

    def _search(self, command: dict[str, Any], channel: Channel, shared: mmap.mmap) -> None:
        """In a worker.  Returns only in a fork of it that goes on with the user's program."""
        from .search import GoOn

        status = 0
        heap.after_fork()
        try:
            if command["op"] == "trials":
                self.unit.trials(command, channel, shared)
            else:
                self.unit.search(command, channel, shared)
        except reset.ResetFailed as failed:
            channel.send({"msg": "done", "id": command["id"], "runs": 0, "seconds": 0.0, "mode": "", "why": "", "uncontrolled": [],
                          "reason": "reset-failed", "text": str(failed)})
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
        try:
            data = os.read(fd, 1 << 16)
        except ConnectionResetError:
            data = b""  # killed with a command unread
        if data:
            child.buffer += data
            while (end := child.buffer.find(b"\n")) >= 0:
                line = bytes(child.buffer[:end])
                del child.buffer[: end + 1]
                if child.command["op"] not in ("search", "trials"):
                    child.result = json.loads(line)
                    continue
                if line.startswith(b'{"msg": "done"'):
                    child.done_sent = True
                elif line.startswith(b'{"msg": "found"') and b'"silent": [[' in line:
                    wire.learn(json.loads(line)["silent"])
                if "earlier" in child.command and not line.startswith(b'{"msg": "found"'):
                    line = _added(json.loads(line), child.command["earlier"])
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
        elif child.command["op"] == "again":
            self._go_on_after(child, merge(child.result, status, child.killed, child.shared))
        elif child.command["op"] == "trials":
            if not child.done_sent:
                self.send({"msg": "done", "id": child.command["id"], "runs": 0, "reason": "crashed"})
        elif not child.done_sent:
            self._crashed(child, status)
        self.rings.append(child.shared)

    def _crashed(self, child: _Child, status: int) -> None:
        """A search's worker died in the middle of a schedule: that schedule alone is run again, in a fork."""
        command = child.command
        (index,) = struct.unpack_from("<q", child.shared, 0)
        began = command.get("began", child.began)
        if index >= int(command.get("first", 0)) and not command.get("stopped"):
            lengths = struct.unpack_from("<qq", child.shared, LENGTHS)
            self.later.append({**command, "op": "again", "index": index, "began": began, "lengths": lengths if any(lengths) else None})
            return
        self.send({"msg": "done", "id": command["id"], "runs": 0, "seconds": clock.real_monotonic() - began, "mode": "fork", "why": "",
                   "uncontrolled": [], "reason": "crashed", "index": index, "signal": -status if status < 0 else None})

    def _go_on_after(self, child: _Child, result: dict[str, Any]) -> None:
        """The schedule that ended its process was run again: tell what it was, and search on behind it."""
        command = child.command
        seconds = clock.real_monotonic() - command["began"]
        known = set(command.get("known", []))
        for violation in result["violations"]:
            if violation["key"] not in known:
                known.add(violation["key"])
                self.send({"msg": "found", "id": command["id"], "index": command["index"], "violation": violation, "seconds": seconds,
                           "schedule": self.unit.schedule_of(command, result["decisions"])})
        stride = int(command.get("stride", 1))
        done = (command["index"] - int(command.get("first", 0))) // stride + 1
        earlier = command.get("earlier", {"runs": 0, "crashes": 0})
        earlier = {"runs": earlier["runs"] + done, "crashes": earlier["crashes"] + 1, "seconds": seconds,
                   "uncontrolled": earlier.get("uncontrolled", []) + result["uncontrolled"]}
        count, left = int(command.get("count") or 1 << 60) - done, float(command.get("seconds") or 1e9) - (
            clock.real_monotonic() - child.command.get("resumed", command["began"]))
        reason = "stop" if command.get("stopped") else "count" if count <= 0 else "seconds" if left <= 0 else ""
        if reason:
            self.sock.sendall(_added({"msg": "done", "id": command["id"], "runs": 0, "seconds": 0.0, "mode": "fork", "why": "", "uncontrolled": [],
                                      "reason": reason, "steps": result["turns"], "decisions": result["choices"]}, earlier) + b"\n")
            return
        again = {k: v for k, v in command.items() if k != "index"}
        again.update(op="search", first=command["index"] + stride, count=count, seconds=left, known=sorted(known), earlier=earlier,
                     resumed=clock.real_monotonic())
        if earlier["crashes"] >= MOST_CRASHES or not result["violations"]:
            again["in_process"] = False
        self.later.append(again)

    def _watch(self) -> None:
        """Kill what runs longer than it may: a child by its wall time, a worker whose current run does not end."""
        now = clock.real_monotonic()
        for child in list(self.children.values()):
            if child.command["op"] in ("search", "trials"):
                *seen, wall = struct.unpack_from("<qqd", child.shared, 0)
                if seen != child.last_seen or (seen[0] < 0 and child.command["op"] == "trials" and seen[1]):
                    child.last_seen = seen
                    child.wall = wall or child.wall
                    child.deadline = now + child.wall
                    child.warned = 0
            if now > child.deadline and not child.killed:
                child.warned += 1
                child.deadline = now + min(WARNING, child.wall)
                if child.warned > 2:
                    child.killed = True
                    _kill(child.pid)
                else:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(child.pid, BLOCKED)

    def _quit(self) -> None:
        for child in self.children.values():
            _kill(child.pid)
        os._exit(0)


def on_blocked(_: int, frame: Any) -> None:
    """The time of this run is up.  The second time: end it, and say where it stands if its loop did not turn since."""
    engine = current.engine
    if engine is None or engine.outcome is not None:
        return
    done = engine.turns + (engine.world.steps() if engine.world is not None else 0)
    if engine.warned_at is None:
        engine.warned_at = done
        return
    if done != engine.warned_at or probing.under_way or (engine.world is not None and engine.uncontrolled):
        if engine.monitor is not None:
            engine.monitor.cut_off()
        engine.abort("unfinished", "the run took too long")
    while frame is not None and not sites.is_user_code(frame.f_code):
        frame = frame.f_back
    if frame is not None and engine.monitor is not None:
        engine.monitor.hang_info = [(frame.f_code.co_qualname, (frame.f_code, frame.f_lineno))]
    engine.blocked = True
    engine.abort("no-progress", "a turn of the loop does not end")


def _added(line: dict[str, Any], earlier: dict[str, Any]) -> bytes:
    """A line of a worker that took over from one that died, with what that one did."""
    line["runs"] += earlier["runs"]
    line["seconds"] += earlier["seconds"]
    line["uncontrolled"] = list({(u["what"], u["site"]): u for u in [*earlier["uncontrolled"], *line["uncontrolled"]]}.values())
    return json.dumps(line).encode()


def _pipe_both_ways() -> tuple[int, int]:
    mine, its = socket.socketpair()
    return mine.detach(), its.detach()


def _write_all(fd: int, data: bytes) -> None:
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        while data:
            data = data[os.write(fd, data):]


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


def merge(result: dict[str, Any] | None, status: int, killed: bool, ring: mmap.mmap, at: int = 0) -> dict[str, Any]:
    """What a run said of itself (None: nothing), and what its end says.  ring, at: where its decisions were kept."""
    from .oracles import user

    if result is not None:
        wire.learn(result.pop("silent", []))
        if result.get("servers"):
            clock.differ_from_run_to_run()
    if result is None:
        result = {"outcome": "killed", "exit": max(status, 0), "signal": -status if status < 0 else None, "exception": None,
                  "slow_world": False, "violations": [], "digest": f"killed {status}", "turns": 0, "virtual_seconds": 0.0,
                  "choices": 0, "noticed": 0, "decisions": _from_ring(ring, at), "diverged": None, "assumes": [],
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


def _from_ring(ring: mmap.mmap, at: int) -> list[list[Any]]:
    (count,) = struct.unpack_from("<q", ring, at)
    return [Decision(*_CELL.unpack_from(ring, at + 8 + i * _CELL.size)).as_json()
            for i in range(min(count, (_RING - at - 8) // _CELL.size))]


def record_into(ring: mmap.mmap, at: int = 0) -> Any:
    """A recorder of decisions that survives the process: -> the function for Engine.record."""
    most = (_RING - at - 8) // _CELL.size
    count = 0
    struct.pack_into("<q", ring, at, 0)

    def record(decision: tuple[int, int, int, int]) -> None:
        nonlocal count
        if count < most:
            _CELL.pack_into(ring, at + 8 + count * _CELL.size, *decision)
        count += 1
        struct.pack_into("<q", ring, at, count)

    return record


def connect(path: str) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.connect(path)
    os.set_inheritable(sock.fileno(), False)
    return sock


