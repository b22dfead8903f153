"""A small test as people write them: a fixture, a queue, two workers."""

import asyncio

import pytest


class Mailer:
    def __init__(self) -> None:
        self.sent: list[str] = []

    async def send(self, address: str) -> None:
        await asyncio.sleep(0.001)
        self.sent.append(address)


@pytest.fixture
async def mailer():
    mailer = Mailer()
    yield mailer
    assert mailer.sent


async def test_every_address_gets_a_mail(mailer):
    addresses: asyncio.Queue[str] = asyncio.Queue()
    for address in ("ann", "bob", "cleo", "dan"):
        addresses.put_nowait(address)

    async def worker():
        while not addresses.empty():
            await mailer.send(addresses.get_nowait())

    await asyncio.gather(worker(), worker())
    assert sorted(mailer.sent) == ["ann", "bob", "cleo", "dan"]
