"""A client with one pooled connection; a call can be cancelled between question and answer.  The unread answer stays
in the connection."""

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
        try:
            await connection.send(question)
            self.answers[question] = await connection.receive()
        finally:
            self.pool.put_nowait(connection)


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


async def run(client: Client) -> None:
    """The one worker: it starts the tasks itself."""
    tasks = [asyncio.create_task(start(client)) for start in (caller, supervisor, next_caller)]
    for task in tasks:
        await task


async def main() -> None:
    await run(Client())


if __name__ == "__main__":
    asyncio.run(main())
