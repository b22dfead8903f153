# expects: WAKE002 Gate.acquire
import asyncio
import collections


class Gate:
    """A semaphore of one's own."""

    def __init__(self, n):
        self.free = n
        self.waiters = collections.deque()

    async def acquire(self):
        if self.free:
            self.free -= 1
            return
        fut = asyncio.get_running_loop().create_future()
        self.waiters.append(fut)
        try:
            await fut
        except asyncio.CancelledError:
            if fut in self.waiters:
                self.waiters.remove(fut)
            raise

    def release(self):
        while self.waiters:
            fut = self.waiters.popleft()
            if not fut.done():
                fut.set_result(None)
                return
        self.free += 1


async def work(gate, n, results):
    try:
        async with asyncio.timeout(0.05):
            await gate.acquire()
    except TimeoutError:
        results.append((n, "busy"))
        return
    try:
        await asyncio.sleep(0.02)
        results.append((n, "ok"))
    finally:
        gate.release()


async def main():
    gate, results = Gate(1), []
    await asyncio.gather(*(work(gate, i, results) for i in range(3)))
    await gate.acquire()
    print(sorted(results))


asyncio.run(main())
