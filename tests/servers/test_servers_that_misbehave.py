"""A server that is absent, refuses, is slow, asks for a password, says nothing, or comes back: named, no hang of ours, and no finding of the workload."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hunting import RACETRAP, hunt, told

SERVER = """
import os, socket, struct, sys, threading, time
how = sys.argv[1]
listener = socket.create_server(("127.0.0.1", int(sys.argv[2])))
print(listener.getsockname()[1], flush=True)
kept = []
def refuse(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
def serve(connection):
    with connection, connection.makefile("rb") as lines:
        for line in lines:
            if how == "slow":
                time.sleep(0.1)
            connection.sendall(b"-denied\\n" if how == "password" else b"ok\\n")
def end_with_input():
    sys.stdin.read()
    os._exit(0)
threading.Thread(target=end_with_input, daemon=True).start()
served = 0
while True:
    connection, _ = listener.accept()
    served += 1
    if how == "refuses":
        refuse(connection)
    elif how == "half-open":
        kept.append(connection)
    elif how == "restarts" and 40 < served < 60:
        refuse(connection)
    else:
        threading.Thread(target=serve, args=(connection,), daemon=True).start()
"""

CLIENT = """
import asyncio
async def ask(n):
    reader, writer = await asyncio.open_connection("127.0.0.1", {port})
    writer.write(b"hello\\n")
    answer = await reader.readline()
    if answer.startswith(b"-"):
        raise PermissionError(answer.decode().strip())
    if not answer:
        raise ConnectionError("no answer")
    {end}
async def main():
    await asyncio.gather(ask(1), ask(2))
asyncio.run(main())
"""
CLOSES = "writer.close(); await writer.wait_closed()"


@pytest.fixture
def serving() -> Iterator[Callable[[str], int]]:
    """serving(how) -> the port of a server in another process that behaves like that."""
    started: list[subprocess.Popen[str]] = []

    def start(how: str) -> int:
        process = subprocess.Popen([sys.executable, "-c", SERVER, how, "0"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout is not None
        return int(process.stdout.readline())

    yield start
    for process in started:
        process.communicate("")


def write(tmp_path: Path, port: int, end: str = CLOSES) -> None:
    (tmp_path / "app.py").write_text(CLIENT.format(port=port, end=end))


def nobody() -> int:
    """A port nobody listens on."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def fails_by_itself(tmp_path: Path, saying: str) -> None:
    line = [*RACETRAP, "hunt", "--python", sys.executable, "--seconds", "5", "--no-save", "--", "python", "app.py"]
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, timeout=90)
    assert done.returncode == 2, done.stdout + done.stderr
    assert saying in done.stdout + done.stderr
    assert "VIOLATED" not in done.stdout


def test_a_server_that_is_absent_is_named_as_the_workloads_own_failure(tmp_path: Path) -> None:
    write(tmp_path, nobody())
    fails_by_itself(tmp_path, "ConnectionRefusedError")


def test_a_server_that_resets_every_connection_is_named(tmp_path: Path, serving: Callable[[str], int]) -> None:
    write(tmp_path, serving("refuses"))
    fails_by_itself(tmp_path, "Connection")


def test_a_wrong_password_is_named(tmp_path: Path, serving: Callable[[str], int]) -> None:
    write(tmp_path, serving("password"))
    fails_by_itself(tmp_path, "denied")


def silent_about(report: dict[str, Any]) -> None:
    assert not report["findings"], told(report)
    assert report["verdict"] in ("inconclusive", "holds-within-bounds"), told(report)


def test_a_slow_server_is_waited_for(tmp_path: Path, serving: Callable[[str], int]) -> None:
    write(tmp_path, serving("slow"))
    report = hunt(["python", "app.py"], tmp_path, "--seed", "1", "--schedules", "8", "--seconds", "20", "--no-save")
    silent_about(report)


def test_a_server_that_never_answers_is_named_and_does_not_hang_the_hunt(tmp_path: Path, serving: Callable[[str], int]) -> None:
    """The first run of all waits for ever: the workload fails by itself."""
    write(tmp_path, serving("half-open"))
    began = time.monotonic()
    line = [*RACETRAP, "hunt", "--python", sys.executable, "--seconds", "5", "--no-save", "--", "python", "app.py"]
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode in (2, 3), done.stdout + done.stderr
    assert "app.py" in done.stdout + done.stderr and "did not answer" in done.stdout
    assert time.monotonic() - began < 120


def test_a_server_that_restarts_in_the_middle_is_no_finding(tmp_path: Path, serving: Callable[[str], int]) -> None:
    write(tmp_path, serving("restarts"))
    report = hunt(["python", "app.py"], tmp_path, "--seed", "1", "--seconds", "6", "--no-save")
    silent_about(report)
    assert report["verdict"] == "inconclusive", told(report)
    assert any("by itself" in u["what"] or "server" in u["what"] for u in report["uncontrolled"]), told(report)


def test_connections_a_workload_leaves_open_are_closed_between_schedules(tmp_path: Path, serving: Callable[[str], int]) -> None:
    """More than a thousand would be too many for one process."""
    write(tmp_path, serving("serves"), "kept.append(writer)")
    text = (tmp_path / "app.py").read_text().replace("import asyncio\n", "import asyncio, resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (200, 200))\nkept = []\n", 1)
    (tmp_path / "app.py").write_text(text)
    report = hunt(["python", "app.py"], tmp_path, "--seed", "1", "--schedules", "250", "--seconds", "60", "--no-save")
    silent_about(report)
    assert (report["verdict"], report["schedules"] >= 250) == ("holds-within-bounds", True), told(report)
