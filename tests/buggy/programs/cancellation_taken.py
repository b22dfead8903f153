# expects: TASK003 Poller.next_job
"""A worker whose waiting gives back the job that came just then, also when it was cancelled just then."""

import asyncio


class Poller:
    def __init__(self) -> None:
        self.jobs: asyncio.Queue[int] = asyncio.Queue()

    async def next_job(self) -> int:
        getter = asyncio.ensure_future(self.jobs.get())
        try:
            return await asyncio.shield(getter)
        except asyncio.CancelledError:
            if getter.done():
                return getter.result()
            getter.cancel()
            raise


async def work(poller: Poller) -> None:
    while True:
        print("job", await poller.next_job())


async def produce(poller: Poller) -> None:
    for job in range(3):
        await asyncio.sleep(0.03)
        poller.jobs.put_nowait(job)


async def main() -> None:
    poller = Poller()
    worker = asyncio.create_task(work(poller))
    producer = asyncio.create_task(produce(poller))
    await asyncio.sleep(0.12)
    worker.cancel()
    await asyncio.gather(worker, return_exceptions=True)
    await producer


if __name__ == "__main__":
    asyncio.run(main())
