"""time_machine sets the clock for a part of the program, with tokens that expire; outside of it the clock is the program's own."""

# server: none

import asyncio
import datetime
import time
from datetime import timedelta

import time_machine

NEW_YEAR = datetime.datetime(2031, 1, 1, tzinfo=datetime.UTC)


class Tokens:
    def __init__(self) -> None:
        self.until: dict[str, datetime.datetime] = {}

    def issue(self, name: str, seconds: float) -> None:
        self.until[name] = datetime.datetime.now(datetime.UTC) + timedelta(seconds=seconds)

    def valid(self, name: str) -> bool:
        return datetime.datetime.now(datetime.UTC) < self.until[name]


async def used(tokens: Tokens, name: str) -> None:
    tokens.issue(name, 3)
    await asyncio.sleep(0.1)
    assert tokens.valid(name)
    while tokens.valid(name):
        await asyncio.sleep(0.5)


async def main() -> None:
    tokens = Tokens()
    before = time.time()
    with time_machine.travel(NEW_YEAR) as traveller:
        await asyncio.gather(used(tokens, "one"), used(tokens, "two"))
        assert 3 <= (datetime.datetime.now(datetime.UTC) - NEW_YEAR).total_seconds() < 6
        assert abs(datetime.datetime.now().timestamp() - time.time()) < 1
        traveller.shift(3600)
        assert datetime.datetime.now(datetime.UTC) - NEW_YEAR > timedelta(hours=1)
    assert 3 <= time.time() - before < 6
    await used(tokens, "three")
    assert abs(datetime.datetime.now().timestamp() - time.time()) < 1


asyncio.run(main())
