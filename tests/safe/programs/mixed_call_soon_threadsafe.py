"""A thread works and tells the loop."""

import asyncio
import threading


async def main() -> None:
    loop = asyncio.get_running_loop()
    done: asyncio.Queue[int] = asyncio.Queue()

    def work(n: int) -> None:
        loop.call_soon_threadsafe(done.put_nowait, n * n)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(3)]
    for thread in threads:
        thread.start()
    assert sorted([await done.get() for _ in threads]) == [0, 1, 4]
    for thread in threads:
        thread.join()


asyncio.run(main())
