"""The server says things unasked, at any time and on idle connections too; a reader of the connection's own tells answers from news."""

import asyncio
from collections import deque


class Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._asked: deque[asyncio.Future[bytes]] = deque()
        self.news: list[bytes] = []
        self._listening = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        while line := await self._reader.readline():
            kind, _, text = line.strip().partition(b" ")
            if kind == b"news":
                self.news.append(text)
                continue
            waiting = self._asked.popleft()
            if not waiting.done():  # who asked may have gone; the answer is its own all the same
                waiting.set_result(text)

    async def ask(self, question: bytes) -> bytes:
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._asked.append(answer)
        self._writer.write(question + b"\n")
        return await answer

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()
        await self._listening


class Pool:
    def __init__(self, address: tuple[str, int], size: int) -> None:
        self._address = address
        self._idle: list[Connection] = []
        self._room = asyncio.Semaphore(size)

    async def acquire(self) -> Connection:
        await self._room.acquire()
        try:
            return self._idle.pop() if self._idle else Connection(*await asyncio.open_connection(*self._address))
        except BaseException:
            self._room.release()
            raise

    def release(self, connection: Connection) -> None:
        self._idle.append(connection)
        self._room.release()

    async def close(self) -> None:
        while self._idle:
            await self._idle.pop().close()


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    async def push() -> None:
        for number in range(3):
            await asyncio.sleep(0.02)
            writer.write(b"news %d\n" % number)

    pushing = asyncio.create_task(push())
    try:
        while line := await reader.readline():
            writer.write(b"answer " + line)
    except ConnectionError:
        pass  # the client has hung up, with news on the way to it
    finally:
        pushing.cancel()
        writer.close()


async def client(pool: Pool, number: int) -> bytes | None:
    connection = await pool.acquire()
    try:
        async with asyncio.timeout(0.05):
            return await connection.ask(b"%d" % number)
    except TimeoutError:
        return None
    finally:
        pool.release(connection)


async def main() -> None:
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    pool = Pool(server.sockets[0].getsockname(), 2)
    for first in (0, 3):
        answers = await asyncio.gather(*(client(pool, first + number) for number in range(3)))
        assert all(answer in (None, b"%d" % (first + number)) for number, answer in enumerate(answers)), answers
        await asyncio.sleep(0.03)
    await pool.close()
    server.close()


asyncio.run(main())
