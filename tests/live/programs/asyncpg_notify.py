"""LISTEN and NOTIFY: what the server pushes comes at any time, also on a connection nobody asks anything."""

# server: postgres

import asyncio
import os

import asyncpg


async def main() -> None:
    listener = await asyncpg.connect(os.environ["POSTGRES_URL"])
    sender = await asyncpg.connect(os.environ["POSTGRES_URL"])
    heard: asyncio.Queue[str] = asyncio.Queue()
    await listener.add_listener("news", lambda connection, pid, channel, payload: heard.put_nowait(payload))
    for number in range(3):
        await sender.execute(f"NOTIFY news, '{number}'")
    assert [await heard.get() for _ in range(3)] == ["0", "1", "2"]
    await listener.close()
    await sender.close()


asyncio.run(main())
