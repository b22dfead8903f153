# expects: POOL004 Prices.price
"""Prices asked of a server over a pool of connections, each question with a deadline; a connection whose answer is late goes back like any other."""

import asyncio


class Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer


class Pool:
    def __init__(self, address: tuple[str, int]) -> None:
        self._address = address
        self._idle: list[Connection] = []
        self._room = asyncio.Semaphore(2)

    async def acquire(self) -> Connection:
        await self._room.acquire()
        if self._idle:
            return self._idle.pop()
        return Connection(*await asyncio.open_connection(*self._address))

    def release(self, connection: Connection) -> None:
        self._idle.append(connection)
        self._room.release()

    async def close(self) -> None:
        for connection in self._idle:
            connection.writer.close()
            await connection.writer.wait_closed()


class Prices:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def price(self, article: int) -> bytes | None:
        connection = await self._pool.acquire()
        try:
            async with asyncio.timeout(0.1):
                connection.writer.write(b"%d\n" % article)
                return await connection.reader.readline()
        except TimeoutError:
            return None
        finally:
            self._pool.release(connection)


async def main() -> None:
    open_ = 0
    quiet = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal open_
        open_ += 1
        while article := await reader.readline():
            writer.write(b"%s.99\n" % article.strip())
        writer.close()
        open_ -= 1
        quiet.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    pool = Pool(server.sockets[0].getsockname())
    prices = Prices(pool)
    for _ in range(3):
        await asyncio.gather(prices.price(1), prices.price(2))
    await pool.close()
    while open_:
        quiet.clear()
        await quiet.wait()
    server.close()


if __name__ == "__main__":
    asyncio.run(main())
