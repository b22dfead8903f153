"""A pool asks each connection "are you there?" before it lends it, and makes a new one of one that is not; borrowers have a deadline, and one that was cut short is closed."""

import asyncio


class Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.broken = False

    async def ask(self, question: bytes) -> bytes:
        try:
            self._writer.write(question + b"\n")
            if not (line := await self._reader.readline()):
                raise ConnectionResetError
            return line.strip()
        except BaseException:
            self.close()  # its answer may still come: nobody must read it as another's
            raise

    async def is_there(self) -> bool:
        try:
            return not self.broken and await self.ask(b"ping") == b"pong"
        except ConnectionError:
            return False

    def close(self) -> None:
        self.broken = True
        self._writer.close()


class Pool:
    def __init__(self, address: tuple[str, int], size: int) -> None:
        self._address = address
        self._idle: list[Connection] = []
        self._room = asyncio.Semaphore(size)

    async def acquire(self) -> Connection:
        await self._room.acquire()
        try:
            while self._idle:
                connection = self._idle.pop()
                if await connection.is_there():
                    return connection
            return Connection(*await asyncio.open_connection(*self._address))
        except BaseException:
            self._room.release()
            raise

    def release(self, connection: Connection) -> None:
        if not connection.broken:
            self._idle.append(connection)
        self._room.release()

    def close(self) -> None:
        for connection in self._idle:
            connection.close()


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    answered = 0
    try:
        while (line := await reader.readline()) and answered < 3:
            answered += 1
            writer.write(b"pong\n" if line == b"ping\n" else b"re " + line)
    except ConnectionError:
        pass
    finally:
        writer.close()


async def client(pool: Pool, number: int) -> None:
    for turn in range(2):
        question = b"%d.%d" % (number, turn)
        try:
            async with asyncio.timeout(0.1):
                connection = await pool.acquire()
                try:
                    assert await connection.ask(question) == b"re " + question
                finally:
                    pool.release(connection)
        except (TimeoutError, ConnectionError):
            pass


async def main() -> None:
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    pool = Pool(server.sockets[0].getsockname(), 2)
    await asyncio.gather(*(client(pool, number) for number in range(3)))
    pool.close()
    server.close()


asyncio.run(main())
