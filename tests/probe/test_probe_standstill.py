"""A question in a fork ends soon where the program only does again what it did before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Start = Callable[..., Any]

LOST = """
import asyncio


class Connection:
    async def send(self):
        await asyncio.sleep(0.01)


class Pool:
    def __init__(self):
        self.idle = asyncio.Queue()
        self.idle.put_nowait(Connection())
        self.beats = 0

    async def acquire(self):
        return await self.idle.get()

    def release(self, connection):
        self.idle.put_nowait(connection)

    async def tick(self):
        while True:
            await asyncio.sleep(1)
            self.beats += COUNTS
            with open("beats", "a") as file:
                file.write(".")


async def ask(pool, keeps):
    connection = await pool.acquire()
    await connection.send()
    if not keeps:
        pool.release(connection)


async def main():
    pool = Pool()
    ticker = asyncio.create_task(pool.tick())
    await ask(pool, False)
    await ask(pool, True)
    await ask(pool, False)
    ticker.cancel()


asyncio.run(main())
"""


@pytest.mark.parametrize(("counts", "least", "most"), [("0", 1, 3_000), ("1", 10_000, 100_000)], ids=["over and over", "it counts"])
def test_a_ticker_is_followed_while_something_changes(hunted: Start, tmp_path: Path, python: str, counts: str, least: int, most: int) -> None:
    result = hunted(python, LOST.replace("COUNTS", counts)).unit().run()
    assert result["outcome"] == "hang", result
    assert least < (tmp_path / "beats").stat().st_size < most
