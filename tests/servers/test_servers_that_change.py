"""A server that dies, or that keeps what every schedule adds, is named and is never a finding of the workload."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hunting import RACETRAP, hunt, told

SERVER = """
import socket, sys
serves = int(sys.argv[1])
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
kept = 0
for _ in range(serves):
    connection, _ = listener.accept()
    with connection, connection.makefile("rb") as lines:
        for line in lines:
            kept = 0 if line == b"forget\\n" else kept + 1
            connection.sendall(b"%d\\n" % kept if line == b"add\\n" else b"ok\\n")
listener.close()
sys.stdin.read()
"""

CLIENT = """
import asyncio
async def ask(what):
    reader, writer = await asyncio.open_connection("127.0.0.1", {port})
    writer.write(what + b"\\n")
    answer = await reader.readline()
    writer.close()
    await writer.wait_closed()
    return answer
async def main():
    first = await ask(b"{what}")
    await asyncio.sleep(0.01)
    second = await ask(b"{what}")
    assert len(first) == len(second) == {length}
asyncio.run(main())
"""


@pytest.fixture
def serving() -> Iterator[Callable[[int], int]]:
    """serving(n) -> the port of a server in another process that serves n connections and is gone then."""
    started: list[subprocess.Popen[str]] = []

    def start(connections: int) -> int:
        process = subprocess.Popen([sys.executable, "-c", SERVER, str(connections)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout is not None
        return int(process.stdout.readline())

    yield start
    for process in started:
        process.kill()
        process.communicate()


def write(tmp_path: Path, port: int, what: str, length: int) -> None:
    (tmp_path / "app.py").write_text(CLIENT.format(port=port, what=what, length=length))


def test_one_job_at_a_real_server_and_it_is_said(tmp_path: Path, serving: Callable[[int], int]) -> None:
    write(tmp_path, serving(100_000), "hello", 3)
    report = hunt(["python", "app.py"], tmp_path, "--seed", "1", "--schedules", "60", "--jobs", "2", "--no-save")
    assert (report["verdict"], report["bounds"]["jobs"]) == ("holds-within-bounds", 1), told(report)
    assert any("a real server is in use" in notice for notice in report["notices"])


def test_a_server_that_dies_is_no_finding(tmp_path: Path, serving: Callable[[int], int]) -> None:
    write(tmp_path, serving(60), "hello", 3)
    report = hunt(["python", "app.py"], tmp_path, "--seed", "1", "--seconds", "3", "--no-save")
    assert (report["verdict"], report["findings"]) == ("inconclusive", []), told(report)
    assert any("fails by itself now (ConnectionRefusedError" in u["what"] for u in report["uncontrolled"]), told(report)


def test_what_a_server_keeps_from_earlier_schedules_is_no_finding(tmp_path: Path, serving: Callable[[int], int]) -> None:
    """Its answers become longer with the tenth request."""
    write(tmp_path, serving(100_000), "add", 2)
    report = hunt(["python", "app.py"], tmp_path, "--seed", "1", "--seconds", "3", "--no-save")
    assert (report["verdict"], report["findings"]) == ("inconclusive", []), told(report)


def forget(port: int) -> str:
    """A command that makes the server forget."""
    say = f"import socket; s = socket.create_connection(('127.0.0.1', {port})); s.sendall(b'forget\\n'); s.recv(9)"
    return shlex.join([sys.executable, "-S", "-c", say])


def test_a_reset_before_each_schedule_puts_it_back(tmp_path: Path, serving: Callable[[int], int]) -> None:
    port = serving(100_000)
    write(tmp_path, port, "add", 2)
    report = hunt(["python", "app.py"], tmp_path, "--seed", "1", "--schedules", "40", "--reset", forget(port), "--no-save")
    assert (report["verdict"], report["findings"]) == ("holds-within-bounds", []), told(report)
    assert any("before each schedule" in notice for notice in report["notices"])


def test_a_reset_that_fails_ends_the_hunt_and_says_how(tmp_path: Path, serving: Callable[[int], int]) -> None:
    write(tmp_path, serving(100_000), "hello", 3)
    line = [*RACETRAP, "hunt", "--python", sys.executable, "--reset", "echo no such table; exit 4", "--", "python", "app.py"]
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "ended with exit status 4; its output ends: no such table" in done.stderr


def test_the_fixture_racetrap_reset_comes_before_each_schedule(tmp_path: Path, serving: Callable[[int], int]) -> None:
    port = serving(100_000)
    write(tmp_path, port, "add", 2)
    (tmp_path / "test_app.py").write_text((tmp_path / "app.py").read_text().replace("asyncio.run(main())", "def test_it():\n    asyncio.run(main())"))
    (tmp_path / "conftest.py").write_text(
        f"import subprocess, pytest\n@pytest.fixture\ndef racetrap_reset():\n    import socket\n"
        f"    s = socket.create_connection(('127.0.0.1', {port})); s.sendall(b'forget\\n'); s.recv(9); s.close()\n")
    report = hunt(["pytest", "test_app.py"], tmp_path, "--seed", "1", "--schedules", "40", "--no-save")
    assert (report["verdict"], report["findings"]) == ("holds-within-bounds", []), told(report)
