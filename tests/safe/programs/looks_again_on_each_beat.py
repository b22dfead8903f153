"""A pool whose waiters re-check on a timeout: a missed wake-up costs at most one beat."""
import asyncio
from collections import deque


class Pool:
    def __init__(self, size):
        self.free = deque(range(size))
        self.waiting = deque()

    async def take(self):
        while not self.free:
            turn = asyncio.get_running_loop().create_future()
            self.waiting.append(turn)
            try:
                async with asyncio.timeout(0.5):
                    await turn
            except TimeoutError:
                pass  # look again
            finally:
                if turn in self.waiting:
                    self.waiting.remove(turn)
        return self.free.popleft()

    def give(self, item):
        self.free.append(item)
        while self.waiting:
            turn = self.waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                break


async def user(pool, n):
    item = await pool.take()
    await asyncio.sleep(0.2)
    pool.give(item)


async def main():
    pool = Pool(1)
    await asyncio.gather(*(user(pool, n) for n in range(5)))

asyncio.run(main())
