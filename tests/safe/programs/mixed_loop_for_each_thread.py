"""Every thread runs a loop of its own."""

import asyncio
import threading

found: list[int] = []


async def work(n: int) -> int:
    await asyncio.sleep(0.1)
    return n + 1


def run(n: int) -> None:
    found.append(asyncio.run(work(n)))


threads = [threading.Thread(target=run, args=(n,)) for n in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert sorted(found) == [1, 2]
