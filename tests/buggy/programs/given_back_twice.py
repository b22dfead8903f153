# expects: POOL002 handle
import asyncio


class Worker:
    def __init__(self, n):
        self.n = n
        self.busy = None

    async def run(self, x):
        await asyncio.sleep(0.003)
        if x % 4 == 3:
            raise ValueError(x)
        return x * 2


class WorkerPool:
    def __init__(self, n):
        self.q = asyncio.Queue()
        for i in range(n):
            self.q.put_nowait(Worker(i))

    async def borrow(self):
        return await self.q.get()

    def give_back(self, w):
        self.q.put_nowait(w)


async def handle(pool, x):
    w = await pool.borrow()
    try:
        try:
            return await asyncio.wait_for(w.run(x), 0.05)
        except TimeoutError:
            pool.give_back(w)  # "do not block the pool"
            return None
    except ValueError:
        return -1
    finally:
        pool.give_back(w)


async def main():
    pool = WorkerPool(2)

    async def client(k):
        return [await handle(pool, k * 3 + i) for i in range(3)]

    print(await asyncio.gather(*(client(k) for k in range(4))))


asyncio.run(main())
