"""What else there is beside streams: calls of the loop on sockets, datagrams, TLS begun later, pipes; each in every order that can happen."""

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

CALLS = """
    import asyncio, socket
    async def main():
        loop = asyncio.get_running_loop()
        server = socket.create_server(("127.0.0.1", 0))
        server.setblocking(False)
        async def answer(conn):
            await loop.sock_sendall(conn, (await loop.sock_recv(conn, 100)).upper())
            conn.close()
        async def serve():
            for _ in range(2):
                conn, _ = await loop.sock_accept(server)
                conn.setblocking(False)
                answers.append(asyncio.create_task(answer(conn)))
        async def ask(n):
            sock = socket.socket()
            sock.setblocking(False)
            await loop.sock_connect(sock, server.getsockname())
            await loop.sock_sendall(sock, b"q%d" % n)
            buffer = bytearray(10)
            size = await loop.sock_recv_into(sock, buffer)
            got.append(bytes(buffer[:size]))
            sock.close()
        got, answers = [], []
        await asyncio.gather(serve(), ask(1), ask(2))
        await asyncio.gather(*answers)
        server.close()
        assert got[0] == b"Q1", got
    asyncio.run(main())
"""

DATAGRAMS = """
    import asyncio
    class Server(asyncio.DatagramProtocol):
        def connection_made(self, transport):
            self.transport = transport
        def datagram_received(self, data, address):
            self.transport.sendto(data.upper(), address)
    class Client(asyncio.DatagramProtocol):
        def __init__(self):
            self.came = asyncio.Queue()
        def datagram_received(self, data, address):
            self.came.put_nowait(data)
    async def main():
        loop = asyncio.get_running_loop()
        server, _ = await loop.create_datagram_endpoint(Server, local_addr=("127.0.0.1", 0))
        got = []
        async def ask(n):
            transport, client = await loop.create_datagram_endpoint(Client, remote_addr=server.get_extra_info("sockname"))
            transport.sendto(b"q%d" % n)
            got.append(await client.came.get())
            transport.close()
        await asyncio.gather(ask(1), ask(2))
        server.close()
        assert got[0] == b"Q1", got
    asyncio.run(main())
"""

START_TLS = """
    import asyncio, ssl
    inside = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    inside.load_cert_chain("both.pem")
    outside = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    outside.check_hostname, outside.verify_mode = False, ssl.CERT_NONE
    async def serve(reader, writer):
        await reader.readline()
        writer.write(b"go\\n")
        await writer.drain()
        await writer.start_tls(inside)
        writer.write((await reader.readline()).upper())
        await writer.drain()
        writer.close()
    async def main():
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        got = []
        async def ask(n):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"tls\\n")
            await reader.readline()
            await writer.start_tls(outside)
            writer.write(b"q%d\\n" % n)
            got.append(await reader.readline())
            writer.close()
        await asyncio.gather(ask(1), ask(2))
        server.close()
        assert got[0] == b"Q1\\n", got
    asyncio.run(main())
"""

PIPES = """
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


@pytest.mark.parametrize("program", [CALLS, DATAGRAMS, START_TLS, PIPES], ids=["calls", "datagrams", "start_tls", "pipes"])
def test_held_and_delivered_in_either_order(hunted: Start, python: str, tmp_path: Path, program: str) -> None:
    if program is START_TLS:
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", tmp_path / "key.pem", "-out", tmp_path / "both.pem",
                        "-days", "2", "-subj", "/CN=localhost"], check=True, capture_output=True)
        (tmp_path / "both.pem").write_bytes((tmp_path / "both.pem").read_bytes() + (tmp_path / "key.pem").read_bytes())
    workload = hunted(python, program)
    unit = workload.unit()
    first = unit.run()
    assert (first["outcome"], first["uncontrolled"]) == ("passed", []), (first, workload.output())
    searched = unit.search(40)
    (found,) = [f for f in searched.found if f["violation"]["certain"]]
    assert found["violation"]["title"].startswith("AssertionError: [b'Q2")
    assert searched.done["uncontrolled"] == []
    again = [unit.run(found["schedule"]) for _ in range(10)]
    assert [r["diverged"] for r in again] == [None] * 10
    assert len({r["digest"] for r in again}) == 1 and again[0]["violations"]


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
