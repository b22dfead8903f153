"""A client that asks its server to be alive every few seconds and hangs up when it has heard nothing for long; then it says so and ends."""

import asyncio

SILENCE = 30.0


class Client:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._heard = asyncio.get_running_loop().time()
        self._answers: list[asyncio.Future[bytes]] = []
        self._tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._watch())]

    async def _read(self) -> None:
        while line := await self._reader.readline():
            self._heard = asyncio.get_running_loop().time()
            self._answers.pop(0).set_result(line)

    async def _watch(self) -> None:
        while asyncio.get_running_loop().time() - self._heard < SILENCE:
            await asyncio.sleep(5)
        self._writer.close()
        for answer in self._answers:
            answer.set_exception(ConnectionError("the server is silent"))

    async def ask(self, question: bytes) -> bytes:
        answer = asyncio.get_running_loop().create_future()
        self._answers.append(answer)
        self._writer.write(question + b"\n")
        return await answer

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._writer.close()


async def main() -> None:
    gone = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(line)
        writer.close()
        gone.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    client = Client(*await asyncio.open_connection(*server.sockets[0].getsockname()))
    try:
        for number in range(3):
            assert await client.ask(b"%d" % number) == b"%d\n" % number
            await asyncio.sleep(0.05)
    finally:
        await client.close()
        await gone.wait()
        server.close()


asyncio.run(main())
