"""A retry queue: a job that fails is put back, and its worker does not touch it again."""

import asyncio


class Job:
    def __init__(self, number: int) -> None:
        self.number = number
        self.tries = 0

    async def attempt(self) -> None:
        self.tries += 1
        await asyncio.sleep(0.001)
        if self.tries < 2 and self.number % 2:
            raise OSError("busy")


async def worker(queue: asyncio.Queue[Job], done: list[Job]) -> None:
    while len(done) < 6:
        try:
            job = queue.get_nowait()
        except asyncio.QueueEmpty:
            await asyncio.sleep(0.001)
            continue
        try:
            await job.attempt()
        except OSError:
            queue.put_nowait(job)
        else:
            done.append(job)


async def main() -> None:
    queue: asyncio.Queue[Job] = asyncio.Queue()
    for number in range(6):
        queue.put_nowait(Job(number))
    done: list[Job] = []
    await asyncio.gather(*(worker(queue, done) for _ in range(3)))
    assert sorted(job.number for job in done) == list(range(6))


asyncio.run(main())
