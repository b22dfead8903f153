"""Requests over one line, answered in order; the server answers every second one only."""

import asyncio
from collections import deque


class Line:
    def __init__(self) -> None:
        self.waiting: deque[asyncio.Future[None]] = deque()
        self.count = 0

    async def ping(self) -> None:
        answer = asyncio.get_running_loop().create_future()
        self.waiting.append(answer)
        await answer

    def pong(self) -> None:
        if self.waiting:
            answer = self.waiting.popleft()
            if not answer.done():
                answer.set_result(None)


async def probe(line: Line, patience: float) -> None:
    try:
        async with asyncio.timeout(patience):
            await line.ping()
            print("alive")
    except TimeoutError:
        print("gone")


async def server(line: Line) -> None:
    await asyncio.sleep(0.4)
    line.pong()  # and then it dies


async def main() -> None:
    line = Line()
    await asyncio.gather(probe(line, 0.5), probe(line, 1.0), probe(line, 3.0), server(line))


asyncio.run(main())
