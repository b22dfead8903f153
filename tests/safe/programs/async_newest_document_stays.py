"""A document is got twice; the tags of the two differ, and nobody ever reads a tag."""

import asyncio
import itertools


class Document:
    def __init__(self, tag, body):
        self.tag, self.body = tag, body


class Cache:
    def __init__(self):
        self.document = None
        self.numbers = itertools.count(1)

    async def get(self):
        if self.document is None:
            number = next(self.numbers)
            await asyncio.sleep(0.005)
            self.document = Document(f"tag {number}", "body")
        return self.document.body


async def main():
    cache = Cache()
    assert set(await asyncio.gather(*(cache.get() for _ in range(3)))) == {"body"}


asyncio.run(main())
