"""A worker takes a job and enters it in a journal under one deadline.  A journal that is late costs the job: it has
left the queue and nobody holds it any more."""

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

    async def next_job(self) -> str | None:
        job = await self.jobs.get()
        if job is not End:
            await journal(job)
        return job

    async def run(self) -> None:
        while True:
            try:
                async with asyncio.timeout(self.IDLE):
                    job = await self.next_job()
            except TimeoutError:
                self.idle += 1
                continue
            if job is End:
                return
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
