"""A worker that takes jobs from a queue and says so when it has had nothing to do for a while; at the end of the day it is stopped."""

import asyncio
import contextlib

JOBS = 3


async def work(jobs: asyncio.Queue[int]) -> None:
    while True:
        try:
            job = await asyncio.wait_for(jobs.get(), 0.5)
        except TimeoutError:
            print("idle")
            continue
        print(f"job {job} done")


async def produce(jobs: asyncio.Queue[int]) -> None:
    for job in range(JOBS):
        await asyncio.sleep(0.03)
        jobs.put_nowait(job)


async def main() -> None:
    jobs: asyncio.Queue[int] = asyncio.Queue()
    worker = asyncio.create_task(work(jobs))
    producer = asyncio.create_task(produce(jobs))
    await asyncio.sleep(0.14)
    worker.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await worker
    await producer
    print("stopped")


if __name__ == "__main__":
    asyncio.run(main())
