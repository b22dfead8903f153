"""Hold and deliver: real sockets, whose bytes come when the schedule says so, on every supported Python."""

from __future__ import annotations

import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from racetrap_probe.wire import Wire

Start = Callable[..., Any]

ECHO = """
import asyncio
async def serve(reader, writer):
    while line := await reader.readline():
        writer.write(line.upper())
        await writer.drain()
    writer.close()
async def client(port, n, said):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for i in range(3):
        writer.write(f"{n} {i}\\n".encode())
        said.append(await reader.readline())
    writer.close()
    await writer.wait_closed()
async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    said = []
    await asyncio.gather(*(client(port, n, said) for n in range(3)))
    server.close()
    print(len(said))
asyncio.run(main())
"""

PATIENT = """
import asyncio
async def serve(reader, writer):
    writer.write(await reader.readline())
    writer.close()
async def ask(port, patience):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"!\\n")
    try:
        async with asyncio.timeout(patience):
            await reader.readline()
    except TimeoutError:
        with open("given_up", "a") as file:
            file.write(f"{patience}\\n")
    writer.close()
async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    await asyncio.gather(*(ask(port, patience) for patience in (0.5, 5, 50)))
    server.close()
asyncio.run(main())
"""

OUTSIDE = """
import asyncio, os
async def client(n, said):
    reader, writer = await asyncio.open_connection("127.0.0.1", {port}, {options})
    for size in (3, {size}):
        writer.write(b"%d\\n" % size)
        said.append((n, size, len(await reader.readexactly(size))))
    writer.close()
    await writer.wait_closed()
async def main():
    said = []
    await asyncio.gather(*(client(n, said) for n in range(3)))
    print(said)
{setup}
asyncio.run(main())
"""


class Server(threading.Thread):
    """Answers each line "n" with n bytes, `piece` bytes at a time with pauses between (s); a thread of the test's own process."""

    def __init__(self, piece: int, context: ssl.SSLContext | None, pause: float) -> None:
        super().__init__(daemon=True)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.piece = piece
        self.context = context
        self.pause = pause

    def run(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            if self.context is not None:
                connection = self.context.wrap_socket(connection, server_side=True)
            with connection, connection.makefile("rb") as lines:
                for line in lines:
                    left = int(line)
                    while left:
                        left -= connection.send(b"x" * min(left, self.piece))
                        time.sleep(self.pause)
        except OSError:
            pass


@pytest.fixture
def served() -> Iterator[Callable[..., int]]:
    servers = []

    def start(piece: int, context: ssl.SSLContext | None = None, pause: float = 0.0) -> int:
        servers.append(Server(piece, context, pause))
        servers[-1].start()
        return servers[-1].port

    yield start
    for server in servers:
        server.socket.close()


def test_a_server_inside_the_workload_is_held_and_delivered(hunted: Start, python: str) -> None:
    workload = hunted(python, ECHO)
    unit = workload.unit()
    first = unit.run()
    assert (first["outcome"], first["uncontrolled"], first["servers"]) == ("passed", [], []), (first, workload.output())
    assert any(label.startswith("arrived: connection") for *_, label in first["decisions"])
    searched = unit.search(60)
    assert (searched.codes, searched.done["uncontrolled"]) == ([], [])
    assert searched.done["mode"] == "in-process", searched.done["why"]


@pytest.mark.parametrize(("piece", "size"), [(1 << 20, 40), (7, 40), (1 << 20, 150_000)], ids=["small", "pieces", "large"])
def test_a_record_over_a_real_socket_is_followed_alike(hunted: Start, python: str, served: Callable[..., int], piece: int, size: int) -> None:
    port = served(piece)
    unit = hunted(python, OUTSIDE.format(port=port, size=size, options="", setup="")).unit()
    first = unit.run()
    assert (first["outcome"], first["uncontrolled"], first["servers"]) == ("passed", [], [f"127.0.0.1:{port}"])
    again = [unit.run({"format": 1, "decisions": first["decisions"]}) for _ in range(20)]
    assert [r["diverged"] for r in again] == [None] * 20
    assert {r["digest"] for r in again} == {first["digest"]}


def test_what_came_while_everything_waited_is_there_at_the_same_turn_again(hunted: Start, python: str, served: Callable[..., int]) -> None:
    port = served(15, pause=0.05)
    unit = hunted(python, OUTSIDE.format(port=port, size=40, options="", setup="")).unit()
    first = unit.run()
    again = [unit.run({"format": 1, "decisions": first["decisions"]}) for _ in range(5)]
    assert [(r["turns"], r["diverged"], r["digest"]) for r in again] == [(first["turns"], None, first["digest"])] * 5


def test_a_record_over_tls_is_followed_alike(hunted: Start, python: str, served: Callable[..., int], certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    port = served(1 << 20, context)
    setup = "import ssl\ncontext = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)\ncontext.check_hostname = False\ncontext.verify_mode = ssl.CERT_NONE"
    unit = hunted(python, OUTSIDE.format(port=port, size=3000, options="ssl=context", setup=setup)).unit()
    first = unit.run()
    assert (first["outcome"], first["uncontrolled"]) == ("passed", []), first
    again = [unit.run({"format": 1, "decisions": first["decisions"]}) for _ in range(20)]
    assert [r["diverged"] for r in again] == [None] * 20
    assert {r["digest"] for r in again} == {first["digest"]}


LATE_ONCE = """
import asyncio
async def main():
    reader, writer = await asyncio.open_connection("127.0.0.1", {port})
    async with asyncio.timeout(30):
        writer.write(b"40\\n")
        await reader.readexactly(40)
    await asyncio.sleep(0.1)
    writer.close()
asyncio.run(main())
"""


def test_the_time_a_server_took_passes_again_where_it_is_quick(hunted: Start, python: str, served: Callable[..., int]) -> None:
    slow, quick = served(20, pause=0.7), served(20)
    unit, other = (hunted(python, LATE_ONCE.format(port=port)).unit() for port in (slow, quick))
    first = unit.run()
    assert first["virtual_seconds"] >= 0.5
    assert any(label.startswith("pause: ") for *_, label in first["decisions"])
    again = other.run({"format": 1, "decisions": first["decisions"]})
    assert (again["diverged"], again["virtual_seconds"], again["digest"]) == (None, first["virtual_seconds"], first["digest"])


SHARED_PIPE = """
import asyncio, os
read, write = os.pipe()
async def main():
    pid = os.fork()
    if pid == 0:
        os.write(write, b"x")
        os._exit(0)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(read, "rb"))
    assert await asyncio.wait_for(reader.read(1), 30) == b"x"
    try:
        await asyncio.wait_for(reader.read(1), 1)
    except TimeoutError:
        os.waitpid(pid, 0)
asyncio.run(main())
"""


def test_a_pipe_whose_other_end_a_child_has_too_has_no_name_and_is_waited_for(hunted: Start, python: str) -> None:
    result = hunted(python, SHARED_PIPE).unit().run()
    assert result["outcome"] == "passed", result


DROPPED = """
import asyncio, socket
async def main():
    gone = asyncio.Event()
    async def serve(reader, writer):
        await reader.read()
        writer.close()
        gone.set()
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async def visit():
        client = socket.socket()
        client.setblocking(False)
        await asyncio.get_running_loop().sock_connect(client, server.sockets[0].getsockname())
        kept = [client]
        kept.append(kept)
    await visit()
    await gone.wait()
    server.close()
asyncio.run(main())
"""


def test_the_network_is_very_late_in_some_runs_only(hunted: Start, tmp_path: Path, one_python: str) -> None:
    given_up = tmp_path / "given_up"
    unit = hunted(one_python, PATIENT).unit()
    for turn, most in enumerate((1.0, 1.0, 10.0, float("inf"))):  # with seed 0, of each five schedules
        given_up.write_text("")
        for first in range(turn * 5, 400, 20):
            unit.search(5, first=first, seed=0, in_process=False)
        patience = {float(line) for line in given_up.read_text().split()}
        assert patience == {p for p in (0.5, 5.0, 50.0) if p <= most}, most


def test_a_connection_that_only_garbage_holds_is_closed_before_a_hang_is_told(hunted: Start, python: str) -> None:
    result = hunted(python, DROPPED).unit().run()
    assert (result["outcome"], result["violations"]) == ("passed", []), result


@pytest.mark.parametrize(("late", "there"), [(0.2, 8), (None, 4)])
def test_a_replay_waits_for_what_came_as_one_and_now_comes_in_pieces(late: float | None, there: int) -> None:
    mine, other = socket.socketpair()
    with mine, other:
        wire = Wire(SimpleNamespace(resized=0, now=0.0))
        connection = wire.connection(mine.fileno(), None)
        connection.peer, connection.inside = "a server", False
        other.send(b"four")
        rest = threading.Timer(late or 0.0, lambda: other.send(b"more") if late else None)
        rest.start()
        assert wire._await_recorded(connection, select.POLLIN, 8) == there
        rest.join()
