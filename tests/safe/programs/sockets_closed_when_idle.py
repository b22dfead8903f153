"""The server closes connections that say nothing for a while; the pool looks at each before it lends it, and a question that meets a closed one is asked again on a new one."""

import asyncio

IDLE = 0.05


class Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @property
    def usable(self) -> bool:
        return not (self.reader.at_eof() or self.writer.is_closing())

    async def ask(self, question: bytes) -> bytes | None:
        """None: the other end had closed before it could answer."""
        try:
            self.writer.write(question + b"\n")
            await self.writer.drain()
            return (await self.reader.readline()).strip() or None
        except ConnectionError:
            return None

    def close(self) -> None:
        self.writer.close()


class Pool:
    def __init__(self, address: tuple[str, int], size: int) -> None:
        self._address = address
        self._idle: list[Connection] = []
        self._room = asyncio.Semaphore(size)

    async def acquire(self, fresh: bool = False) -> Connection:
        await self._room.acquire()
        try:
            while self._idle and not fresh:
                connection = self._idle.pop()
                if connection.usable:
                    return connection
                connection.close()
            return Connection(*await asyncio.open_connection(*self._address))
        except BaseException:
            self._room.release()
            raise

    def release(self, connection: Connection) -> None:
        if connection.usable:
            self._idle.append(connection)
        else:
            connection.close()
        self._room.release()

    def close(self) -> None:
        for connection in self._idle:
            connection.close()


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            async with asyncio.timeout(IDLE):
                line = await reader.readline()
            if not line:
                break
            writer.write(b"re " + line)
    except (TimeoutError, ConnectionError):
        pass
    finally:
        writer.close()


async def ask(pool: Pool, question: bytes) -> bytes:
    fresh = False
    while True:
        connection = await pool.acquire(fresh)
        try:
            if (answer := await connection.ask(question)) is not None:
                return answer
            connection.close()
            fresh = True
        finally:
            pool.release(connection)


async def client(pool: Pool, number: int) -> None:
    for turn in range(2):
        question = b"%d.%d" % (number, turn)
        assert await ask(pool, question) == b"re " + question
        await asyncio.sleep(0.05)


async def main() -> None:
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    pool = Pool(server.sockets[0].getsockname(), 2)
    await asyncio.gather(*(client(pool, number) for number in range(3)))
    pool.close()
    server.close()


asyncio.run(main())
