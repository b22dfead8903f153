"""Tasks borrow links in worker threads and use them there; the loop only waits."""

import asyncio
import threading
from collections import deque


class Link:
    def __init__(self):
        self.sent = []

    def send(self, text):
        self.sent.append(text)


class Pool:
    def __init__(self, size):
        self.links = [Link() for _ in range(size)]
        self.free = deque(self.links)
        self.returned = threading.Condition()

    def take(self):
        with self.returned:
            self.returned.wait_for(lambda: self.free)
            return self.free.popleft()

    def give(self, link):
        with self.returned:
            self.free.append(link)
            self.returned.notify()


def send(pool, text):
    link = pool.take()
    try:
        link.send(text)
    finally:
        pool.give(link)


async def main():
    pool = Pool(1)
    await asyncio.gather(*(asyncio.to_thread(send, pool, text) for text in ("a", "b", "c")))
    assert sorted(pool.links[0].sent) == ["a", "b", "c"]


asyncio.run(main())
