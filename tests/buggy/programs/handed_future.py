# expects: POOL005 request
"""A pool hands a connection to a waiter's future; a waiter that has just given up keeps it for ever."""

import asyncio
import collections


class Connection:
    def __init__(self, number):
        self.number = number
        self.uses = 0

    async def query(self):
        self.uses += 1
        await asyncio.sleep(0.02)
        return self.uses


class Pool:
    def __init__(self, size):
        self.free = [Connection(n) for n in range(size)]
        self.waiters = collections.deque()

    async def acquire(self):
        if self.free:
            return self.free.pop()
        waiter = asyncio.get_running_loop().create_future()
        self.waiters.append(waiter)
        return await waiter

    def release(self, connection):
        while self.waiters:
            waiter = self.waiters.popleft()
            if not waiter.done():
                waiter.set_result(connection)
                return
        self.free.append(connection)


async def request(pool):
    try:
        async with asyncio.timeout(0.06):
            connection = await pool.acquire()
    except TimeoutError:
        return "busy"
    try:
        return await connection.query()
    finally:
        pool.release(connection)


async def main():
    pool = Pool(2)
    for _ in range(2):
        await asyncio.gather(*(request(pool) for _ in range(5)))


asyncio.run(main())
