"""Calls over one connection: each waits for its own reply, and a reply to one who has given up is dropped."""

import asyncio
from itertools import count


class Pending:
    def __init__(self) -> None:
        self.come = asyncio.Event()
        self.reply: str | None = None


class Client:
    def __init__(self) -> None:
        self._numbers = count()
        self._pending: dict[int, Pending] = {}
        self._wire: asyncio.Queue[int] = asyncio.Queue()
        self.unasked: list[str] = []

    async def serve(self) -> None:
        while True:
            number = await self._wire.get()
            await asyncio.sleep(0.03)
            self._came(number, f"reply {number}")

    def _came(self, number: int, reply: str) -> None:
        pending = self._pending.pop(number, None)
        if pending is None:
            self.unasked.append(reply)
            return
        pending.reply = reply
        pending.come.set()

    async def call(self) -> str | None:
        number = next(self._numbers)
        pending = self._pending[number] = Pending()
        self._wire.put_nowait(number)
        try:
            await pending.come.wait()
        finally:
            self._pending.pop(number, None)
        return pending.reply


async def ask(client: Client) -> int:
    answered = 0
    for _ in range(4):
        try:
            async with asyncio.timeout(0.1):
                await client.call()
            answered += 1
        except TimeoutError:
            pass
    return answered


async def main() -> None:
    client = Client()
    server = asyncio.create_task(client.serve())
    await asyncio.gather(ask(client), ask(client))
    server.cancel()
    await asyncio.gather(server, return_exceptions=True)


asyncio.run(main())
