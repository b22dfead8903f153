"""The app's end of docs/protocol.md in its simplest form: what the tests of the probe talk through.

    with hunted(python, tmp_path, code) as w:
        unit = w.unit()
        unit.run()["outcome"]
        unit.search(count=200).found
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import textwrap
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

INJECT = Path(__file__).parents[2] / "src" / "racetrap_probe" / "_inject"
PATIENCE = 60.0
"""Real seconds any one answer may take."""


class Silent(AssertionError):
    """The probe did not answer."""


class Line:
    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.buffer = b""

    def send(self, message: dict[str, Any]) -> None:
        self.sock.sendall(json.dumps(message).encode() + b"\n")

    def receive(self, seconds: float = PATIENCE) -> dict[str, Any]:
        end = time.monotonic() + seconds
        while b"\n" not in self.buffer:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.sock], [], [], left)[0]:
                raise Silent(f"no answer in {seconds} s")
            data = self.sock.recv(1 << 16)
            if not data:
                raise Silent("the connection is closed")
            self.buffer += data
        line, _, self.buffer = self.buffer.partition(b"\n")
        message: dict[str, Any] = json.loads(line)
        return message


@dataclass
class Searched:
    done: dict[str, Any]
    found: list[dict[str, Any]] = field(default_factory=list)

    @property
    def codes(self) -> list[str]:
        return sorted({f["violation"]["code"] for f in self.found if f["violation"]["certain"]})

    @property
    def titles(self) -> list[str]:
        return [f["violation"]["title"] for f in self.found]


class Unit:
    def __init__(self, line: Line, hello: dict[str, Any]) -> None:
        self.line = line
        self.hello = hello
        self.name = hello["unit"]
        self.number = 0

    def run(self, schedule: dict[str, Any] | None = None, **options: Any) -> dict[str, Any]:
        self.number += 1
        self.line.send({"op": "run", "id": self.number, "schedule": schedule or {}, "full": True, "wall": 20, **options})
        answer = self.line.receive()
        assert answer["msg"] == "result" and answer["id"] == self.number, answer
        return answer

    def search(self, count: int = 200, **options: Any) -> Searched:
        self.number += 1
        self.line.send({"op": "search", "id": self.number, "seed": 1, "first": 0, "stride": 1, "count": count, "seconds": 30,
                        "in_process": True, "strategy": None, "wall": 10, **options})
        found = []
        while True:
            answer = self.line.receive()
            if answer["msg"] == "found":
                found.append(answer)
            elif answer["msg"] == "done":
                return Searched(answer, found)

    def quit(self) -> None:
        with contextlib.suppress(OSError):
            self.line.send({"op": "quit"})


class Workload:
    def __init__(self, process: subprocess.Popen[bytes], listener: socket.socket, out: Path) -> None:
        self.process = process
        self.listener = listener
        self.out = out
        self.lines: list[Line] = []
        self.control = self._accept()
        self.hello = self.control.receive()
        self.said: list[dict[str, Any]] = []

    def _accept(self) -> Line:
        end = time.monotonic() + PATIENCE
        while True:
            if select.select([self.listener], [], [], 0.1)[0]:
                line = Line(self.listener.accept()[0])
                self.lines.append(line)
                return line
            if self.process.poll() is not None:
                raise Silent(f"the workload ended with {self.process.returncode}: {self.output()}")
            if time.monotonic() > end:
                raise Silent(f"no connection: {self.output()}")

    def unit(self) -> Unit:
        line = self._accept()
        return Unit(line, line.receive())

    def units(self, number: int) -> dict[str, Unit]:
        found = [self.unit() for _ in range(number)]
        return {u.name: u for u in found}

    def notices(self) -> list[str]:
        """What the control connection said until now, and until `collected`."""
        while not any(m["msg"] == "collected" for m in self.said):
            self.said.append(self.control.receive())
        return [m["text"] for m in self.said if m["msg"] == "notice"]

    def output(self) -> str:
        return self.out.read_text(errors="replace")


@contextlib.contextmanager
def hunted(python: str, cwd: Path, program: str | list[str], *, env: dict[str, str] | None = None,
           options: tuple[str, ...] = (), **job: Any) -> Iterator[Workload]:
    """Start a hunted workload in `cwd`: `program` is the text of app.py, or the arguments of the interpreter."""
    if isinstance(program, str):
        (cwd / "app.py").write_text(textwrap.dedent(program).lstrip("\n"))
        program = ["app.py"]
    place = Path(tempfile.mkdtemp(prefix="rt-"))
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(place / "app.sock"))
    listener.listen(64)
    job = {"format": 1, "socket": str(place / "app.sock"), "journal": str(place), "root": str(cwd), "latency": 1.0, "roles": {}, **job}
    (place / "job.json").write_text(json.dumps(job))
    around = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "COV", "PYTHON"))}
    around |= {"PYTHONPATH": str(INJECT), "RACETRAP_JOB": str(place / "job.json"), "PYTHONHASHSEED": "0", **(env or {})}
    out = place / "output"
    with open(out, "wb") as stream:
        process = subprocess.Popen([python, *options, *program], cwd=cwd, env=around, stdin=subprocess.DEVNULL, stdout=stream,
                                   stderr=subprocess.STDOUT, preexec_fn=fixed_addresses, start_new_session=True)
    workload = None
    try:
        workload = Workload(process, listener, out)
        yield workload
    finally:
        for line in workload.lines[1:] if workload else ():
            with contextlib.suppress(OSError):
                line.send({"op": "quit"})
            line.sock.close()
        if workload:
            workload.control.sock.close()
        listener.close()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        shutil.rmtree(place, ignore_errors=True)


def fixed_addresses() -> None:
    """No address randomisation, where the system permits: addresses decide the order of sets."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).personality(0x0040000)
