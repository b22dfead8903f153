"""A client with one pooled connection; a call can be cancelled between question and answer.  Correct: a
connection that was cut short is replaced."""

import asyncio


class Connection:
    def __init__(self) -> None:
        self.answers: list[str] = []

    async def send(self, question: str) -> None:
        await asyncio.sleep(0)
        self.answers.append(f"answer to {question}")

    async def receive(self) -> str:
        await asyncio.sleep(0)
        return self.answers.pop(0)


class Client:
    def __init__(self) -> None:
        self.pool: asyncio.Queue[Connection] = asyncio.Queue()
        self.pool.put_nowait(Connection())
        self.answers: dict[str, str] = {}
        self.running: asyncio.Future[None] | None = None

    async def ask(self, question: str) -> None:
        connection = await self.pool.get()
        answered = False
        try:
            await connection.send(question)
            self.answers[question] = await connection.receive()
            answered = True
        finally:
            self.pool.put_nowait(connection if answered else Connection())


async def caller(client: Client) -> None:
    client.running = asyncio.ensure_future(client.ask("a"))
    try:
        await client.running
    except asyncio.CancelledError:
        pass


async def supervisor(client: Client) -> None:
    for _ in range(8):  # the call is usually over by then
        await asyncio.sleep(0)
    if client.running is not None:
        client.running.cancel()


async def next_caller(client: Client) -> None:
    for _ in range(10):
        await asyncio.sleep(0)
    await client.ask("b")


async def main() -> None:
    client = Client()
    await asyncio.gather(caller(client), supervisor(client), next_caller(client))


if __name__ == "__main__":
    asyncio.run(main())
