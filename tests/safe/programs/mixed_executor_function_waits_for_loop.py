"""A function in an executor waits for an event the loop sets later."""

import asyncio
import threading

event = threading.Event()


def work() -> int:
    event.wait()
    return 1


async def main() -> None:
    waiting = asyncio.get_running_loop().run_in_executor(None, work)
    await asyncio.sleep(0.1)
    event.set()
    assert await waiting == 1


asyncio.run(main())
