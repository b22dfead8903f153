"""What a server keeps from schedule to schedule: names that are meant to be unique are.  And a client that asks it for ever under some order does not use up the hunt."""

from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hunting import hunt, told

from racetrap_probe import clock, current

SERVER = """
import os, socket, sys, threading
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
names = set()
def serve(connection):
    with connection, connection.makefile("rb") as lines:
        for line in lines:
            connection.sendall(b"known\\n" if line in names else b"fresh\\n")
            names.add(line)
def end_with_input():
    sys.stdin.read()
    os._exit(0)
threading.Thread(target=end_with_input, daemon=True).start()
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
"""

NAMES = """
import asyncio, uuid
async def register():
    name = uuid.uuid4().hex
    reader, writer = await asyncio.open_connection("127.0.0.1", {port})
    writer.write(name.encode() + b"\\n")
    assert await reader.readline() == b"fresh\\n", name
    writer.close()
async def main():
    await asyncio.gather(register(), register())
asyncio.run(main())
"""

POLLS = """
import asyncio
async def main():
    reader, writer = await asyncio.open_connection("127.0.0.1", {port})
    async def keepalive():
        await asyncio.sleep(40)
        given_up.append(1)            # the peer is taken for dead, and what it was asked is lost
    given_up = []
    watcher = asyncio.create_task(keepalive())
    writer.write(b"hello\\n")
    await reader.readline()
    while given_up:
        writer.write(b"hello\\n")
        await reader.readline()
        await asyncio.sleep(1)
    watcher.cancel()
    writer.close()
asyncio.run(main())
"""


@pytest.fixture
def asks(tmp_path: Path) -> Iterator[Callable[..., dict[str, Any]]]:
    """asks(program, option...) -> the report of a hunt in it."""
    server = subprocess.Popen([sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    port = int(server.stdout.readline())

    def run(program: str, *options: str) -> dict[str, Any]:
        (tmp_path / "app.py").write_text(program.format(port=port))
        return hunt(["python", "app.py"], tmp_path, "--seed", "1", *options, "--no-save")

    yield run
    server.communicate("")


def test_a_name_meant_to_be_unique_does_not_come_again(asks: Callable[..., dict[str, Any]]) -> None:
    report = asks(NAMES, "--schedules", "40")
    assert (report["verdict"], report["findings"]) == ("holds-within-bounds", []), told(report)


def test_two_unique_names_have_the_same_order_in_each_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current, "engine", object())
    monkeypatch.setattr(clock, "unique", True)
    runs = []
    for _ in range(2):
        clock.begin_run()
        runs.append([clock._uuid4() for _ in range(3)])
    assert not set(runs[0]) & set(runs[1])
    assert [name.hex[:20] for name in runs[0]] == [name.hex[:20] for name in runs[1]]
    assert all(isinstance(name, uuid.UUID) and name.version == 4 for name in runs[0])


def test_a_client_that_asks_for_ever_under_some_order_leaves_time_for_other_orders(asks: Callable[..., dict[str, Any]]) -> None:
    report = asks(POLLS, "--schedules", "30", "--seconds", "40")
    assert report["schedules"] == 30 and not report["findings"] and not report["failures"], told(report)
    assert any("went on and on" in notice for notice in report["notices"]), report["notices"]
    assert not report["uncontrolled"], told(report)
