"""What an executor is given are the methods of an event and of a queue: they wait there for what the loop does."""

import asyncio
import queue
import threading


async def main() -> None:
    loop = asyncio.get_running_loop()
    event, jobs = threading.Event(), queue.Queue()
    jobs.put(1)
    waiting = loop.run_in_executor(None, event.wait)
    joining = asyncio.create_task(asyncio.to_thread(jobs.join))
    await asyncio.sleep(0.1)
    event.set()
    jobs.get()
    jobs.task_done()
    assert await waiting
    await joining


asyncio.run(main())
