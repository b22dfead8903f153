"""A worker takes a job under a deadline and then enters it in a journal.  Correct: the deadline ends before the job
has left the queue, or not at all."""

import asyncio

End = None


async def journal(job: str) -> None:
    await asyncio.sleep(0.001)


class Worker:
    IDLE = 0.5

    def __init__(self) -> None:
        self.jobs: asyncio.Queue[str | None] = asyncio.Queue()
        self.done: list[str] = []
        self.idle = 0

    async def run(self) -> None:
        while True:
            try:
                async with asyncio.timeout(self.IDLE):
                    job = await self.jobs.get()
            except TimeoutError:
                self.idle += 1
                continue
            if job is End:
                return
            await journal(job)
            await asyncio.sleep(0.002)
            self.done.append(job)


async def feed(worker: Worker) -> None:
    for job in ("j1", "j2", "j3"):
        await asyncio.sleep(0.01)
        worker.jobs.put_nowait(job)
    worker.jobs.put_nowait(End)


async def main() -> None:
    worker = Worker()
    await asyncio.gather(worker.run(), feed(worker))


if __name__ == "__main__":
    asyncio.run(main())
