"""Prices asked of a server over a pool of connections, each question with a deadline and a number; an answer with another number is somebody's who gave up, and is passed over."""

import asyncio
from itertools import count


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
        self._numbers = count()

    async def price(self, article: int) -> bytes | None:
        number = b"%d" % next(self._numbers)
        connection = await self._pool.acquire()
        try:
            async with asyncio.timeout(0.1):
                connection.writer.write(b"%s %d\n" % (number, article))
                while True:
                    of, _, price = (await connection.reader.readline()).strip().partition(b" ")
                    if of == number:
                        return price
        except TimeoutError:
            return None
        finally:
            self._pool.release(connection)


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while question := await reader.readline():
            writer.write(b"%s.99\n" % question.strip())
    except ConnectionError:
        pass  # the client left with an answer unread
    writer.close()


async def main() -> None:
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    pool = Pool(server.sockets[0].getsockname())
    prices = Prices(pool)
    for _ in range(3):
        found = await asyncio.gather(prices.price(1), prices.price(2))
        assert all(price in (None, b"%d.99" % article) for article, price in zip((1, 2), found, strict=True))
    await pool.close()
    await asyncio.gather(*(task for task in asyncio.all_tasks() if task is not asyncio.current_task()))
    server.close()


asyncio.run(main())
