# expects: POOL005 ask
"""A pool that pings its connections, also the one that a caller who gave up has dropped."""

import asyncio


class Connection:
    async def send(self):
        await asyncio.sleep(0.01)

    async def ping(self):
        await asyncio.sleep(0.01)


class Pool:
    def __init__(self, size):
        self.idle = asyncio.Queue()
        self.all = [Connection() for _ in range(size)]
        for connection in self.all:
            self.idle.put_nowait(connection)

    async def acquire(self):
        return await self.idle.get()

    def release(self, connection):
        self.idle.put_nowait(connection)

    async def ping_all(self):
        while True:
            await asyncio.sleep(1)
            for connection in self.all:
                await connection.ping()


async def ask(pool):
    connection = await pool.acquire()
    async with asyncio.timeout(0.5):
        await connection.send()
    pool.release(connection)


async def main():
    pool = Pool(1)
    pinger = asyncio.create_task(pool.ping_all())
    for _ in range(3):
        await asyncio.gather(ask(pool), ask(pool), return_exceptions=True)
    pinger.cancel()


asyncio.run(main())
