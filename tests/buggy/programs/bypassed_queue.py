# expects: WAKE001 main
"""Puts an item where no waiter is told of it, if the other came first."""

import asyncio


class Requeue(asyncio.Queue):
    def put_first(self, item):
        self._queue.appendleft(item)


async def main():
    jobs = Requeue()

    async def gives_back():
        await asyncio.sleep(0.01)
        jobs.put_first("job")

    back = asyncio.create_task(gives_back())
    await asyncio.sleep(0.02)
    print(await jobs.get())
    await back


asyncio.run(main())
