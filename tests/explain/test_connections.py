"""What comes over connections is held as sleeps are."""

from __future__ import annotations

from pathlib import Path

from explaining import explanations

PROGRAM = """import asyncio


async def answers(reader, writer):
    while line := await reader.readline():
        writer.write(line)
    writer.close()


async def ask(port, number, seen):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"hello\\n")
    await reader.readline()
    seen.append(number)
    writer.close()


async def main():
    seen = []
    server = await asyncio.start_server(answers, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with asyncio.TaskGroup() as group:
        group.create_task(ask(port, 1, seen))
        group.create_task(ask(port, 2, seen))
    server.close()
    assert seen == [1, 2], "the second one was answered first"


asyncio.run(main())
"""


def test_a_bug_of_two_connections_needs_one_order(tmp_path: Path) -> None:
    (tmp_path / "setup.cfg").touch()
    (tmp_path / "asks.py").write_text(PROGRAM)
    (explanation,) = explanations(["python", "asks.py"], tmp_path, schedules=200, codes={"USER001"})
    (ordering,) = explanation["orderings"]
    assert "what comes over connection" in ordering["text"]
    assert ordering["reversed"]["shown"] == 0
    assert explanation["replays"]["shown"] == explanation["replays"]["of"]
    assert {a["kind"] for a in explanation["actors"]} >= {"connection", "task"}
