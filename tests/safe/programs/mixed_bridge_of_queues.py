"""A thread reads a queue.Queue that the loop fills."""

import asyncio
import queue
import threading


async def main() -> None:
    inbox: queue.Queue[int | None] = queue.Queue()
    seen: list[int] = []

    def read() -> None:
        while (item := inbox.get()) is not None:
            seen.append(item)

    reader = threading.Thread(target=read)
    reader.start()
    for n in range(3):
        inbox.put(n)
        await asyncio.sleep(0.01)
    inbox.put(None)
    await asyncio.to_thread(reader.join)
    assert seen == [0, 1, 2]


asyncio.run(main())
