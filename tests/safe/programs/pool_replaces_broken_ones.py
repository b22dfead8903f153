"""A pool whose keepalive replaces broken connections and counts its beats; stopping it is no end of the pool."""
import asyncio
import itertools

ids = itertools.count(1)


class Conn:
    def __init__(self):
        self.id = next(ids)
        self.pings = 0
        self.broken = False

    async def ping(self):
        await asyncio.sleep(0.002)
        self.pings += 1
        return self.pings % 3 != 0

    async def query(self, sql):
        await asyncio.sleep(0.005)
        return f"{sql}@{self.id}"


class Pool:
    def __init__(self, size):
        self._idle = [Conn() for _ in range(size)]
        self._free = asyncio.Condition()
        self._stopping = asyncio.Event()
        self.beats = 0

    async def acquire(self):
        async with self._free:
            while not self._idle:
                await self._free.wait()
            return self._idle.pop()

    async def release(self, conn):
        async with self._free:
            self._idle.append(conn)
            self._free.notify()

    async def keepalive(self, period):
        while not self._stopping.is_set():
            try:
                await asyncio.wait_for(self._stopping.wait(), period)
            except TimeoutError:
                pass
            conn = await self.acquire()
            try:
                if not self._stopping.is_set() and not await conn.ping():
                    conn = Conn()           # replace the broken one
                self.beats += 1
            finally:
                await self.release(conn)

    def stop(self):
        self._stopping.set()


async def handler(pool, n):
    conn = await pool.acquire()
    try:
        return await conn.query(f"select {n}")
    finally:
        await pool.release(conn)


async def main():
    pool = Pool(2)
    ticker = asyncio.create_task(pool.keepalive(0.01))
    for _ in range(3):
        rows = await asyncio.gather(*(handler(pool, n) for n in range(4)))
        await asyncio.sleep(0.01)
        assert len(rows) == 4
    pool.stop()
    a = await pool.acquire()
    b = await pool.acquire()
    await asyncio.gather(a.query("flush"), b.query("flush"))
    await pool.release(a)
    await pool.release(b)
    await ticker

asyncio.run(main())
