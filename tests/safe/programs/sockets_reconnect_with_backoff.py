"""A client that connects again, waiting twice as long each time, whenever its server hangs up in the middle; every question is answered in the end."""

import asyncio

MOST = 0.08


class Client:
    def __init__(self, address: tuple[str, int]) -> None:
        self._address = address
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._turn = asyncio.Lock()
        self.connects = 0

    async def ask(self, question: bytes) -> bytes:
        async with self._turn:
            pause = 0.01
            while True:
                try:
                    if self._streams is None:
                        self._streams = await asyncio.open_connection(*self._address)
                        self.connects += 1
                    reader, writer = self._streams
                    writer.write(question + b"\n")
                    await writer.drain()
                    if (answer := await reader.readline()).endswith(b"\n"):
                        return answer.strip()
                except ConnectionError:
                    pass
                self._drop()
                await asyncio.sleep(pause)
                pause = min(2 * pause, MOST)

    def _drop(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    def close(self) -> None:
        self._drop()


class Server:
    """Hangs up on every third question, and before the first answer of its first two connections."""

    def __init__(self) -> None:
        self.served = 0
        self.connections = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        hangs_up = self.connections <= 2
        try:
            while line := await reader.readline():
                self.served += 1
                if hangs_up or self.served % 3 == 0:
                    break
                writer.write(b"re " + line)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()


async def worker(client: Client, number: int) -> None:
    for turn in range(2):
        question = b"%d.%d" % (number, turn)
        assert await client.ask(question) == b"re " + question


async def main() -> None:
    server = await asyncio.start_server(Server().serve, "127.0.0.1", 0)
    client = Client(server.sockets[0].getsockname())
    await asyncio.gather(*(worker(client, number) for number in range(3)))
    client.close()
    server.close()


asyncio.run(main())
