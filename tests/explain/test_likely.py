"""The likely root of failures that no rule knows the order of: told as likely, and where it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from explaining import explanations

OLD_ANSWER = """import asyncio

JOBS, RESULTS = {"a"}, set()


async def answers(reader, writer):
    while line := await reader.readline():
        known = RESULTS if line == b"result\\n" else JOBS
        writer.write(b"yes\\n" if "a" in known else b"no\\n")
    writer.close()


async def ask(reader, writer, question):
    writer.write(question)
    return await reader.readline() == b"yes\\n"


async def status(port, asked):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    done = await ask(reader, writer, b"result\\n")
    asked.set()
    await asyncio.sleep(0.05)
    waits = await ask(reader, writer, b"queued\\n")
    writer.close()
    if not done and not waits:
        raise LookupError("no such job")


async def work(asked):
    await asked.wait()
    await asyncio.sleep(0.2)
    JOBS.remove("a")
    RESULTS.add("a")


async def main():
    server = await asyncio.start_server(answers, "127.0.0.1", 0)
    asked = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(status(server.sockets[0].getsockname()[1], asked))
        group.create_task(work(asked))
    server.close()


asyncio.run(main())
"""

BOTH_INSIDE = """import asyncio


async def answers(reader, writer):
    while line := await reader.readline():
        writer.write(line)
    writer.close()


class Client:
    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    async def ask(self, question):
        self.writer.write(question)
        return await self.reader.readline()


async def visit(client, after):
    await asyncio.sleep(after)
    await client.ask(b"hello\\n")


async def main():
    server = await asyncio.start_server(answers, "127.0.0.1", 0)
    client = Client(*await asyncio.open_connection("127.0.0.1", server.sockets[0].getsockname()[1]))
    try:
        await asyncio.gather(visit(client, 0.01), visit(client, 0.5))
    finally:
        client.writer.close()
        server.close()


asyncio.run(main())
"""

ELSEWHERE = """import asyncio


async def step(done, number, after):
    await asyncio.sleep(after)
    done.append(number)


async def main():
    done = []
    await asyncio.gather(step(done, 1, 0.01), step(done, 2, 0.02))
    assert done == [1, 2]


asyncio.run(main())
"""


def explained(tmp_path: Path, program: str) -> dict[str, Any]:
    (tmp_path / "setup.cfg").touch()
    (tmp_path / "app.py").write_text(program)
    (made,) = explanations(["python", "app.py"], tmp_path, codes={"USER001"})
    return made


@pytest.mark.parametrize(
    ("program", "function", "line"),
    [(OLD_ANSWER, "status", 'done = await ask(reader, writer, b"result\\n")'), (BOTH_INSIDE, "Client.ask", "return await self.reader.readline()")],
    ids=["old-answer", "both-inside"],
)
def test_where_two_come_into_each_others_way_is_told_as_likely(tmp_path: Path, program: str, function: str, line: str) -> None:
    root = explained(tmp_path, program)["root"]
    assert (root["known"], root["why"].startswith("likely: ")) == (False, True)
    assert (root["site"]["function"], program.splitlines()[root["site"]["line"] - 1].strip()) == (function, line)


def test_an_assertion_about_what_others_did_has_no_root(tmp_path: Path) -> None:
    root = explained(tmp_path, ELSEWHERE)["root"]
    assert (root["known"], root["site"]) == (False, None)
