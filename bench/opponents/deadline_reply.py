"""A query under a deadline, on pooled links (list and Semaphore).  The link of a query that was cut short goes back
with the answer still to be read."""

import asyncio
from collections import deque


class Link:
    def __init__(self) -> None:
        self.inbox: deque[str] = deque()

    async def write(self, question: str) -> None:
        await asyncio.sleep(0.001)
        self.inbox.append(f"answer to {question}")

    async def read(self) -> str:
        await asyncio.sleep(0.005)
        return self.inbox.popleft()


class Links:
    def __init__(self, size: int) -> None:
        self.free = [Link() for _ in range(size)]
        self.count = asyncio.Semaphore(size)

    async def acquire(self) -> Link:
        await self.count.acquire()
        return self.free.pop()

    def release(self, link: Link) -> None:
        self.free.append(link)
        self.count.release()


async def query(links: Links, question: str) -> str:
    link = await links.acquire()
    try:
        async with asyncio.timeout(0.5):
            await link.write(question)
            return await link.read()
    finally:
        links.release(link)


async def ask(links: Links, question: str, answers: dict[str, str]) -> None:
    try:
        answers[question] = await query(links, question)
    except TimeoutError:
        answers[question] = "no answer in time"


async def main() -> None:
    links, answers = Links(size=1), {}
    await asyncio.gather(ask(links, "price of tea", answers), ask(links, "price of milk", answers))


if __name__ == "__main__":
    asyncio.run(main())
