"""A request cut short by a deadline throws its connection away and puts a new one into the pool."""

import asyncio


class Connection:
    def __init__(self) -> None:
        self.replies: list[str] = []

    async def request(self, text: str) -> str:
        await asyncio.sleep(0.001)
        self.replies.append(f"reply to {text}")
        await asyncio.sleep(0.001)
        return self.replies.pop(0)


async def ask(pool: asyncio.Queue[Connection], text: str) -> str | None:
    connection = await pool.get()
    try:
        async with asyncio.timeout(0.8):
            return await connection.request(text)
    except TimeoutError:
        connection = Connection()
        return None
    finally:
        pool.put_nowait(connection)


async def main() -> None:
    pool: asyncio.Queue[Connection] = asyncio.Queue()
    pool.put_nowait(Connection())
    for text, answer in zip("abcdef", await asyncio.gather(*(ask(pool, text) for text in "abcdef")), strict=True):
        assert answer in (None, f"reply to {text}")


asyncio.run(main())
