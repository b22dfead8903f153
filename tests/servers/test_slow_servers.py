"""A server that takes its time now and then: what a program's own keepalive does about that is no finding."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from hunting import hunt, told


def hunted(server: str, client: str, where: Path, *options: str) -> dict[str, Any]:
    """The report of a hunt of that client, while that server runs and prints its port."""
    with subprocess.Popen([sys.executable, "-c", server], stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout is not None
            (where / "app.py").write_text(client.format(port=int(running.stdout.readline())))
            return hunt(["python", "app.py"], where, "--seed", "1", "--no-save", *options, timeout=100)
        finally:
            running.kill()


SERVER = """
import socket, time
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
served = 0
while True:
    connection, _ = listener.accept()
    served += 1
    with connection, connection.makefile("rb") as lines:
        try:
            for line in lines:
                time.sleep(3.5 if served == 12 else 0)
                connection.sendall(b"ok\\n")
        except ConnectionError:
            pass                          # whoever gave it up is gone
"""

CLIENT = """
import asyncio
async def main():
    me = asyncio.current_task()
    reader, writer = await asyncio.open_connection("127.0.0.1", {port})
    async def watch():
        await asyncio.sleep(60)
        me.cancel()                       # nothing was heard for a minute: the peer is taken for dead
    watcher = asyncio.create_task(watch())
    writer.write(b"hello\\n")
    assert await reader.readline() == b"ok\\n"
    watcher.cancel()
    writer.close()
    await asyncio.gather(asyncio.sleep(0.01), asyncio.sleep(0.01))
asyncio.run(main())
"""


def test_a_peer_given_up_because_it_is_slow_is_no_finding(tmp_path: Path) -> None:
    report = hunted(SERVER, CLIENT, tmp_path, "--schedules", "40")
    assert (report["verdict"], report["findings"]) == ("holds-within-bounds", []), told(report)


SILENT = """
import socket, sys
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
kept = []
while True:
    connection, _ = listener.accept()
    kept.append(connection)
    if len(kept) < 40:
        connection.sendall(connection.recv(100))
"""

ASKS = """
import asyncio
async def ask():
    reader, writer = await asyncio.open_connection("127.0.0.1", {port})
    writer.write(b"hello\\n")
    await reader.readline()
    writer.close()
async def main():
    await asyncio.gather(ask(), ask())
asyncio.run(main())
"""


def test_a_server_that_falls_silent_is_named_and_waited_for_less_each_time(tmp_path: Path) -> None:
    report = hunted(SILENT, ASKS, tmp_path, "--seconds", "3")
    assert (report["verdict"], report["findings"]) == ("inconclusive", []), told(report)
    assert any("fails by itself now" in u["what"] for u in report["uncontrolled"]), told(report)


TAKES_ITS_TIME = """
import socket, time
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
while True:
    connection, _ = listener.accept()
    with connection, connection.makefile("rb") as lines:
        for line in lines:
            time.sleep(0.7)
            connection.sendall(b"ok\\n")
"""

HAS_A_DEADLINE = """
import asyncio
async def main():
    reader, writer = await asyncio.open_connection("127.0.0.1", {port})
    writer.write(b"hello\\n")
    assert await asyncio.wait_for(reader.readline(), 5) == b"ok\\n"
    writer.close()
    await asyncio.gather(asyncio.sleep(0.01), asyncio.sleep(0.01))
asyncio.run(main())
"""


def test_the_clock_does_not_overtake_an_answer_that_is_on_its_way(tmp_path: Path) -> None:
    """A generous deadline over a server that is slow in real time: the workload does not fail by itself."""
    report = hunted(TAKES_ITS_TIME, HAS_A_DEADLINE, tmp_path, "--schedules", "2")
    assert (report["verdict"], report["failures"], report["findings"]) == ("holds-within-bounds", [], []), told(report)


GREETS_AND_ANSWERS_LATER = """
import socket, time
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
while True:
    connection, _ = listener.accept()
    with connection, connection.makefile("rb") as lines:
        time.sleep(0.15)
        connection.sendall(b"welcome\\n")
        for line in lines:
            connection.sendall(b"ok")
            time.sleep(0.15)              # the end of the answer, and the answer to the second question, come later
            connection.sendall(b"\\n")
"""

HAS_DEADLINES = """
import asyncio
async def main():
    reader, writer = await asyncio.open_connection("127.0.0.1", {port})
    assert await asyncio.wait_for(reader.readline(), 2) == b"welcome\\n"
    for questions in (b"one\\n", b"two\\nthree\\n"):
        writer.write(questions)
        for _ in range(questions.count(b"\\n")):
            assert await asyncio.wait_for(reader.readline(), 5) == b"ok\\n"
    writer.close()
    await asyncio.gather(asyncio.sleep(0.01), asyncio.sleep(0.01))
asyncio.run(main())
"""


def test_the_clock_does_not_overtake_a_greeting_nor_the_rest_of_an_answer(tmp_path: Path) -> None:
    report = hunted(GREETS_AND_ANSWERS_LATER, HAS_DEADLINES, tmp_path, "--schedules", "5")
    assert (report["verdict"], report["failures"], report["findings"]) == ("holds-within-bounds", [], []), told(report)


STARTS_TWICE = """
import asyncio
started = []
async def start(name):
    if not started:
        reader, writer = await asyncio.open_connection("127.0.0.1", {port})
        writer.write(b"hello\\n")
        await reader.readline()
        writer.close()
        started.append(name)
async def main():
    first = asyncio.create_task(start("first"))
    await asyncio.sleep(0.5)
    await asyncio.gather(first, start("second"))
    assert started == ["first"], started
asyncio.run(main())
"""


def test_what_was_met_is_replayed_before_the_search_goes_on(tmp_path: Path) -> None:
    """There is one server, and so one at a time: a hunt that wants the first finding must not go on searching with one in hand."""
    quick = TAKES_ITS_TIME.replace("time.sleep(0.7)", "pass")
    report = hunted(quick, STARTS_TWICE, tmp_path, "--first", "--schedules", "1500", "--seconds", "60")
    assert (report["verdict"], report["bounds"]["ended"]) == ("violated", "first"), told(report)
    assert report["schedules"] < 300


GREETS_SLOWLY = """
import socket, threading, time
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
def serve(connection):
    with connection, connection.makefile("rb") as lines:
        try:
            time.sleep(0.25)
            connection.sendall(b"welcome\\n")
            for line in lines:
                connection.sendall(b"ok\\n")
        except ConnectionError:
            pass
while True:
    threading.Thread(target=serve, args=listener.accept()[:1], daemon=True).start()
"""

LOSES_CONNECTIONS = """
import asyncio
async def ask(free):
    reader, writer = await free.get()
    writer.write(b"hello\\n")
    await asyncio.wait_for(reader.readline(), 0.5)
    free.put_nowait((reader, writer))          # not after a TimeoutError
async def user(free, n):
    await asyncio.sleep(0.1 * n)
    try:
        await ask(free)
    except TimeoutError:
        pass
async def main():
    free = asyncio.Queue()
    for _ in range(2):
        reader, writer = await asyncio.open_connection("127.0.0.1", {port})
        assert await reader.readline() == b"welcome\\n"
        free.put_nowait((reader, writer))
    await asyncio.gather(*(user(free, n) for n in range(4)))
asyncio.run(main())
"""


def test_a_hang_of_the_program_is_told_however_often_it_was_waited_out(tmp_path: Path) -> None:
    """Runs that hang wait for the server in vain, and less each time; the greeting of the next run is waited for all the same."""
    report = hunted(GREETS_SLOWLY, LOSES_CONNECTIONS, tmp_path, "--schedules", "25", "--seconds", "60")
    assert {finding["code"] for finding in report["findings"]} == {"USER002"}, told(report)
    assert not any("fails by itself now" in item["what"] for item in report["uncontrolled"])
