"""Workers end at a sentinel that each puts back for the next."""

import asyncio


async def worker(queue: asyncio.Queue[int | None], done: list[int]) -> None:
    while (item := await queue.get()) is not None:
        await asyncio.sleep(0.001 * (item % 3))
        done.append(item)
    queue.put_nowait(None)


async def main() -> None:
    queue: asyncio.Queue[int | None] = asyncio.Queue()
    done: list[int] = []
    for item in range(12):
        queue.put_nowait(item)
    queue.put_nowait(None)
    await asyncio.gather(*(worker(queue, done) for _ in range(3)))
    assert sorted(done) == list(range(12))


asyncio.run(main())
