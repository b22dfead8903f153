"""Each pooled connection has a keepalive of its own: while it is idle it pings the server over it, and the pong comes when it comes."""

import asyncio
from collections import deque

EVERY = 0.05


class Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._turn = asyncio.Lock()
        self._keepalive = asyncio.create_task(self._ping())
        self.idle = False
        self.pongs = 0

    async def ask(self, question: bytes) -> bytes:
        async with self._turn:
            self._writer.write(question + b"\n")
            return (await self._reader.readline()).strip()

    async def _ping(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            if self.idle:
                assert await self.ask(b"ping") == b"pong"
                self.pongs += 1

    async def close(self) -> None:
        self._keepalive.cancel()
        await asyncio.gather(self._keepalive, return_exceptions=True)
        self._writer.close()
        await self._writer.wait_closed()


class Pool:
    def __init__(self, address: tuple[str, int], size: int) -> None:
        self._address = address
        self._idle: deque[Connection] = deque()
        self._room = asyncio.Semaphore(size)

    async def acquire(self) -> Connection:
        await self._room.acquire()
        try:
            connection = self._idle.popleft() if self._idle else Connection(*await asyncio.open_connection(*self._address))
        except BaseException:
            self._room.release()
            raise
        connection.idle = False
        return connection

    def release(self, connection: Connection) -> None:
        connection.idle = True
        self._idle.append(connection)
        self._room.release()

    async def close(self) -> None:
        while self._idle:
            await self._idle.popleft().close()


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while line := await reader.readline():
        writer.write(b"pong\n" if line == b"ping\n" else b"re " + line)
    writer.close()


async def client(pool: Pool, number: int) -> None:
    for turn in range(2):
        connection = await pool.acquire()
        try:
            question = b"%d.%d" % (number, turn)
            assert await connection.ask(question) == b"re " + question
        finally:
            pool.release(connection)
        await asyncio.sleep(0.06)


async def main() -> None:
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    pool = Pool(server.sockets[0].getsockname(), 2)
    await asyncio.gather(*(client(pool, number) for number in range(3)))
    await pool.close()
    server.close()


asyncio.run(main())
