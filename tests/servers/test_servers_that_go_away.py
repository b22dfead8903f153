"""A server that stops answering in the middle of a hunt: a program that copes with it passes every schedule, and none of them has shown anything."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hunting import hunt, told

SERVER = """
import os, socket, sys, threading
how, after = sys.argv[1], int(sys.argv[2])
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
kept = []
def serve(connection):
    with connection, connection.makefile("rb") as lines:
        for line in lines:
            connection.sendall(b"ok\\n")
def end_with_input():
    sys.stdin.read()
    os._exit(0)
threading.Thread(target=end_with_input, daemon=True).start()
while True:
    connection, _ = listener.accept()
    kept.append(connection)
    if how == "dies" and len(kept) > after:
        connection.close()
        listener.close()
        threading.Event().wait()
    if how == "silent" and len(kept) > after:
        continue
    if how == "away" and after < len(kept) <= after + 20:
        connection.close()
        continue
    threading.Thread(target=serve, args=(connection,), daemon=True).start()
"""

TASKS = """
import asyncio
async def ask():
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", {port})
        writer.write(b"hello\\n")
        await asyncio.wait_for(reader.readline(), 0.5)
        writer.close()
    except (OSError, TimeoutError):
        pass
async def main():
    await asyncio.gather(ask(), ask())
asyncio.run(main())
"""

THREADS = """
import socket, threading
def ask():
    try:
        with socket.create_connection(("127.0.0.1", {port}), 0.5) as link:
            link.sendall(b"hello\\n")
            link.recv(100)
    except OSError:
        pass
workers = [threading.Thread(target=ask) for _ in range(2)]
for w in workers: w.start()
for w in workers: w.join()
"""


@pytest.fixture
def asks(tmp_path: Path) -> Iterator[Callable[..., dict[str, Any]]]:
    """asks(program, how, ...) -> the report of a hunt in a program that uses a server which goes away like that."""
    started: list[subprocess.Popen[str]] = []

    def run(program: str, how: str, after: int, *options: str) -> dict[str, Any]:
        server = subprocess.Popen([sys.executable, "-c", SERVER, how, str(after)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        started.append(server)
        assert server.stdout is not None
        (tmp_path / "app.py").write_text(program.format(port=int(server.stdout.readline())))
        return hunt(["python", "app.py"], tmp_path, "--seed", "1", "--seconds", "20", *options, "--no-save")

    yield run
    for server in started:
        server.communicate("")


@pytest.mark.parametrize("how", ["dies", "silent"])
@pytest.mark.parametrize("program", [TASKS, THREADS], ids=["tasks", "threads"])
def test_schedules_that_heard_nothing_are_no_pass(asks: Callable[..., dict[str, Any]], program: str, how: str) -> None:
    report = asks(program, how, 24, "--schedules", "14")
    assert (report["verdict"], report["findings"]) == ("inconclusive", []), told(report)
    assert any("did not answer any more: the last" in u["what"] and "127.0.0.1" in u["what"] for u in report["uncontrolled"]), told(report)


def test_schedules_in_between_that_heard_nothing_are_said(asks: Callable[..., dict[str, Any]]) -> None:
    report = asks(TASKS, "away", 40, "--schedules", "60")
    assert (report["verdict"], report["findings"]) == ("holds-within-bounds", []), told(report)
    assert any("of 60 schedules asked 127.0.0.1" in notice for notice in report["notices"]), report["notices"]


def test_a_server_that_answers_is_not_doubted(asks: Callable[..., dict[str, Any]]) -> None:
    report = asks(TASKS, "serves", 0, "--schedules", "60")
    assert (report["verdict"], report["findings"]) == ("holds-within-bounds", []), told(report)
    assert not any("heard nothing" in notice for notice in report["notices"]), report["notices"]
