"""A connection with a cache and a list of spare buffers: what one lease leaves there, another may be handed."""

import asyncio


class Connection:
    def __init__(self) -> None:
        self.statements: dict[str, object] = {}
        self.buffers = [bytearray(16) for _ in range(2)]

    async def prepare(self, text: str) -> object:
        await asyncio.sleep(0.001)
        if text not in self.statements:
            self.statements[text] = object()
        return self.statements[text]

    def borrow_buffer(self) -> bytearray:
        return self.buffers.pop()

    def return_buffer(self, buffer: bytearray) -> None:
        self.buffers.append(buffer)


async def query(pool: asyncio.Queue[Connection], text: str) -> None:
    connection = await pool.get()
    try:
        buffer = connection.borrow_buffer()
        try:
            await connection.prepare(text)
            if text == "bad":
                raise ValueError(text)
        finally:
            connection.return_buffer(buffer)
    finally:
        pool.put_nowait(connection)


async def main() -> None:
    pool: asyncio.Queue[Connection] = asyncio.Queue()
    for _ in range(2):
        pool.put_nowait(Connection())
    await asyncio.gather(*(query(pool, text) for text in ("a", "b", "bad", "a", "b")), return_exceptions=True)


asyncio.run(main())
