"""What programs do below streams: socket calls of the loop, datagrams, TLS put on an open connection, pipes.  Held and delivered, or listed."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Start = Callable[..., Any]

SOCKET_CALLS = """
import asyncio, socket
async def serve(loop, listener, clients):
    for _ in range(clients):
        connection, _ = await loop.sock_accept(listener)
        asyncio.ensure_future(answer(loop, connection))
async def answer(loop, connection):
    buffer = bytearray(64)
    while size := await loop.sock_recv_into(connection, buffer):
        await loop.sock_sendall(connection, bytes(buffer[:size]).upper())
    connection.close()
async def client(loop, address, n, said):
    with socket.socket() as connection:
        connection.setblocking(False)
        await loop.sock_connect(connection, address)
        for i in range(3):
            await loop.sock_sendall(connection, b"%d-%d" % (n, i))
            said.append(await loop.sock_recv(connection, 64))
async def main():
    loop = asyncio.get_running_loop()
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setblocking(False)
    said = []
    server = asyncio.create_task(serve(loop, listener, 3))
    await asyncio.gather(*(client(loop, listener.getsockname(), n, said) for n in range(3)))
    await server
    listener.close()
    assert len(said) == 9
    print(said)
asyncio.run(main())
"""

DATAGRAMS = """
import asyncio
class Echo(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport
    def datagram_received(self, data, address):
        self.transport.sendto(data.upper(), address)
class Ask(asyncio.DatagramProtocol):
    def __init__(self, n):
        self.n, self.got, self.done = n, [], asyncio.get_running_loop().create_future()
    def connection_made(self, transport):
        self.transport = transport
        transport.sendto(b"%d 0" % self.n)
        transport.sendto(b"%d 1" % self.n)
    def datagram_received(self, data, address):
        self.got.append(data)
        if len(self.got) == 2:
            self.done.set_result(None)
async def main():
    loop = asyncio.get_running_loop()
    server, _ = await loop.create_datagram_endpoint(Echo, local_addr=("127.0.0.1", 0))
    address = server.get_extra_info("sockname")
    askers = [(await loop.create_datagram_endpoint(lambda n=n: Ask(n), remote_addr=address))[1] for n in range(3)]
    await asyncio.gather(*(asker.done for asker in askers))
    assert all(len(asker.got) == 2 for asker in askers)
    for asker in askers:
        asker.transport.close()
    server.close()
asyncio.run(main())
"""

FUTURES_OF_SOCKETS = """
import asyncio, socket
async def main():
    loop = asyncio.get_running_loop()
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    for end in (ours, theirs):
        end.setblocking(False)
    async def hear(out):
        for _ in range(2):
            out.append(await loop.sock_recv(theirs, 10))
    async def say(what):
        await asyncio.sleep(0.01)
        await loop.sock_sendall(ours, what)
    out = []
    await asyncio.gather(hear(out), say(b"long message"), say(b"short"))
    assert sorted(map(len, out)) == [5, 10], out
    ours.close(); theirs.close()
asyncio.run(main())
"""

TLS = """
import asyncio, ssl
serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
serving.load_cert_chain({certificate!r})
trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
trusting.check_hostname = False
trusting.verify_mode = ssl.CERT_NONE
"""

STREAM_START_TLS = TLS + """
async def serve(reader, writer):
    assert await reader.readline() == b"STARTTLS\\n"
    writer.write(b"go\\n")
    await writer.drain()
    await writer.start_tls(serving)
    while line := await reader.readline():
        writer.write(line.upper())
        await writer.drain()
    writer.close()
async def client(port, n, said):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"STARTTLS\\n")
    assert await reader.readline() == b"go\\n"
    await writer.start_tls(trusting)
    for i in range(2):
        writer.write(b"%d a\\n" % n)
        said.append(await reader.readline())
    writer.close()
async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    said = []
    await asyncio.gather(*(client(server.sockets[0].getsockname()[1], n, said) for n in range(2)))
    server.close()
    assert sorted(said) == [b"0 A\\n", b"0 A\\n", b"1 A\\n", b"1 A\\n"], said
asyncio.run(main())
"""

LOOP_START_TLS = TLS + """
class Serve(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport
    def data_received(self, data):
        if data == b"STARTTLS":
            self.upgrading = asyncio.ensure_future(self.upgrade())
        else:
            self.transport.write(data.upper())
    async def upgrade(self):
        plain = self.transport
        plain.write(b"go")
        try:
            self.transport = await asyncio.get_running_loop().start_tls(plain, self, serving, server_side=True)
        except OSError:
            pass  # it took longer than a handshake may
class Client(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport
        self.heard = asyncio.Queue()
    def data_received(self, data):
        self.heard.put_nowait(data)
    def connection_lost(self, error):
        self.heard.put_nowait(b"lost")
async def client(port, n, said):
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_connection(Client, "127.0.0.1", port)
    heard = protocol.heard
    transport.write(b"STARTTLS")
    assert await heard.get() == b"go"
    secure = await loop.start_tls(transport, protocol, trusting)
    secure.write(b"%d a" % n)
    said.append(await heard.get())
    secure.close()
async def main():
    server = await asyncio.get_running_loop().create_server(Serve, "127.0.0.1", 0)
    said = []
    await asyncio.gather(*(client(server.sockets[0].getsockname()[1], n, said) for n in range(2)))
    server.close()
    assert set(said) <= {{b"0 A", b"1 A", b"lost"}}, said
asyncio.run(main())
"""

PIPES = """
import asyncio, os
async def main():
    loop = asyncio.get_running_loop()
    {make}
    stream = asyncio.StreamReader()
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stream), open(receive, "rb", 0))
    writing, protocol = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, open(send, "wb", 0))
    async def say(what):
        await asyncio.sleep(0.01)
        writing.write(what)
    await asyncio.gather(say(b"one\\n"), say(b"two\\n"))
    writing.close()
    said = sorted([await stream.readline(), await stream.readline(), await stream.readline()])
    assert said == [b"", b"one\\n", b"two\\n"], said
    transport.close()
asyncio.run(main())
"""
TWO_PIPES = """
    import asyncio, os
    async def main():
        loop = asyncio.get_running_loop()
        got = []
        async def through(n):
            read, write = os.pipe()
            reader = asyncio.StreamReader()
            coming, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(read, "rb"))
            transport, _ = await loop.connect_write_pipe(asyncio.Protocol, os.fdopen(write, "wb"))
            transport.write(b"Q%d\\n" % n)
            got.append(await reader.readline())
            transport.close()
            assert await reader.read() == b""
            coming.close()
        await asyncio.gather(through(1), through(2))
        assert got[0] == b"Q1\\n", got
    asyncio.run(main())
"""
ENDS = {"pipe": "receive, send = os.pipe()",
        "fifo": "os.path.exists('fifo') or os.mkfifo('fifo'); both = os.open('fifo', os.O_RDWR); "
                "receive, send = os.open('fifo', os.O_RDONLY), os.open('fifo', os.O_WRONLY); os.close(both)"}


def is_held(unit: Any, in_process: bool = True) -> None:
    """Nothing of it is uncontrolled, its schedules are followed alike, and every one of them is an order in which it works."""
    first = unit.run()
    assert (first["outcome"], first["uncontrolled"]) == ("passed", []), first["exception"] or first
    assert any(label.startswith("arrived: connection") for *_, label in first["decisions"])
    again = [unit.run({"format": 1, "decisions": first["decisions"]}) for _ in range(5)]
    assert [r["diverged"] for r in again] == [None] * 5
    assert {r["digest"] for r in again} == {first["digest"]}
    searched = unit.search(60)
    assert (searched.codes, searched.done["uncontrolled"], searched.done["runs"]) == ([], [], 60)
    if in_process:
        assert searched.done["mode"] == "in-process", searched.done["why"]


@pytest.mark.parametrize("program", [SOCKET_CALLS, DATAGRAMS, FUTURES_OF_SOCKETS], ids=["socket calls", "datagrams", "datagram sockets"])
def test_what_comes_below_streams_is_held_and_delivered(hunted: Start, python: str, program: str) -> None:
    is_held(hunted(python, program).unit())


def test_the_order_of_answers_below_streams_is_the_schedules(hunted: Start, one_python: str) -> None:
    """The clients are answered one after the other on a stock loop; here in other orders too, and a check of the order fails."""
    program = SOCKET_CALLS.replace("assert len(said) == 9", "assert said == sorted(said, key=lambda s: s[2:]), said")
    searched = hunted(one_python, program).unit().search(200)
    assert "USER001" in searched.codes


@pytest.mark.parametrize("program", [STREAM_START_TLS, LOOP_START_TLS], ids=["StreamWriter.start_tls", "loop.start_tls"])
def test_tls_put_on_an_open_connection_is_held_and_delivered(hunted: Start, python: str, certificate: Any, program: str) -> None:
    is_held(hunted(python, program.format(certificate=str(certificate))).unit(), in_process=False)


@pytest.mark.parametrize("kind", sorted(ENDS))
def test_pipes_with_both_ends_in_the_program_are_held(hunted: Start, python: str, kind: str) -> None:
    is_held(hunted(python, PIPES.format(make=ENDS[kind])).unit())


def test_the_order_of_what_comes_through_two_pipes_is_the_schedules(hunted: Start, one_python: str) -> None:
    assert "USER001" in hunted(one_python, TWO_PIPES).unit().search(200).codes


def test_a_pipe_from_another_process_is_not_held_and_said(hunted: Start, one_python: str, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    writer = subprocess.Popen([sys.executable, "-c", textwrap.dedent(f"""
        import time
        with open({str(fifo)!r}, "r+b", buffering=0) as pipe:
            while True:
                pipe.write(b"hello\\n")
                time.sleep(0.05)
    """)])
    try:
        unit = hunted(one_python, f"""
            import asyncio
            async def main():
                reader = asyncio.StreamReader()
                await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), open({str(fifo)!r}, "rb"))
                assert await reader.readline() == b"hello\\n"
            asyncio.run(main())
        """).unit()
        first = unit.run()
        assert first["outcome"] == "passed"
        assert [u["what"] for u in first["uncontrolled"]] == ["a pipe: the other end decides when it is ready"]
    finally:
        writer.kill()
        writer.wait()
