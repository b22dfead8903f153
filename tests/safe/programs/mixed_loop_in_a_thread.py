"""The loop runs in a thread of its own; the main thread gives it work."""

import asyncio
import threading

loop = asyncio.new_event_loop()
thread = threading.Thread(target=loop.run_forever)
thread.start()


async def double(n: int) -> int:
    await asyncio.sleep(0.1)
    return 2 * n


jobs = [asyncio.run_coroutine_threadsafe(double(n), loop) for n in range(3)]
assert [job.result() for job in jobs] == [0, 2, 4]
loop.call_soon_threadsafe(loop.stop)
thread.join()
loop.close()
