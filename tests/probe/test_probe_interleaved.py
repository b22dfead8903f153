"""Two exchanges at once on one connection are told, as a note; pipelining, a lock, and a task that reads for all are not."""

from __future__ import annotations

import sys
from pathlib import Path

import probing
import pytest

LOOP = """
import asyncio

async def answer(reader, writer):
    while line := await reader.readline():
        writer.write(line)
        await writer.drain()
    writer.close()

class Client:
    def __init__(self):
        self.lock = asyncio.Lock()

    async def open(self, port):
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", port)

    async def ask(self, what):
        self.writer.write(what)
        await asyncio.sleep(0.001)
        try:
            return await self.reader.readline()
        except RuntimeError:
            return b""

    async def ask_alone(self, what):
        async with self.lock:
            return await self.ask(what)

    async def ask_ahead(self, what):
        self.writer.write(what)
        self.writer.write(what)
        await asyncio.sleep(0.001)
        async with self.lock:
            return [await self.reader.readline(), await self.reader.readline()]

async def main():
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    client = Client()
    await client.open(server.sockets[0].getsockname()[1])
    {main}
    client.writer.close()
    server.close()

asyncio.run(main())
"""
TOGETHER = "await asyncio.gather(client.{0}(b'one\\n'), client.{0}(b'two\\n'))"
FOR_ALL = """got = []
    async def read():
        for _ in range(2):
            got.append(await client.reader.readline())
    async def send(what):
        client.writer.write(what)
    await asyncio.gather(read(), send(b"one\\n"), send(b"two\\n"))"""
THREADS = """
import socket, threading

def serve(listener):
    s, _ = listener.accept()
    while data := s.recv(1):
        s.sendall(data)
    s.close()

def main():
    listener = socket.create_server(("127.0.0.1", 0))
    server = threading.Thread(target=serve, args=(listener,))
    server.start()
    s = socket.create_connection(listener.getsockname())
    guard = threading.Lock()

    def ask(what):
        s.sendall(what)
        return s.recv(1)

    def ask_alone(what):
        with guard:
            return ask(what)

    threads = [threading.Thread(target={ask}, args=(w,)) for w in (b"1", b"2")]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    s.close()
    server.join()
    listener.close()

main()
"""


def _notes(tmp_path: Path, program: str) -> list[str]:
    with probing.hunted(sys.executable, tmp_path, program) as workload:
        searched = workload.unit().search(count=300, seed=3)
    assert searched.codes == []
    return [f["violation"]["title"] for f in searched.found if f["violation"]["code"] == "POOL009"]


@pytest.mark.parametrize("program", [LOOP.replace("{main}", TOGETHER.format("ask")), THREADS.replace("{ask}", "ask")], ids=["tasks", "threads"])
def test_exchanges_at_once_are_noted(tmp_path: Path, program: str) -> None:
    notes = _notes(tmp_path, program)
    assert notes and "another order" in notes[0]


@pytest.mark.parametrize("program", [
    LOOP.replace("{main}", TOGETHER.format("ask_alone")), THREADS.replace("{ask}", "ask_alone"),
    LOOP.replace("{main}", "await client.ask_ahead(b'one\\n')"), LOOP.replace("{main}", FOR_ALL)], ids=["lock", "lock-threads", "pipeline", "one-reader"])
def test_one_exchange_after_the_other_is_none(tmp_path: Path, program: str) -> None:
    assert _notes(tmp_path, program) == []
