# expects: POOL003 fetch
"""Pool with connections where a timed-out request leaves its reply; next borrower reads it."""

import asyncio


class Server:
    async def answer(self, q, inbox):
        await asyncio.sleep(0.004)
        inbox.put_nowait(("reply", q))


class Conn:
    def __init__(self, srv):
        self.srv = srv
        self.inbox = asyncio.Queue()
        self.bg = set()

    async def call(self, q):
        t = asyncio.create_task(self.srv.answer(q, self.inbox))
        self.bg.add(t)
        t.add_done_callback(self.bg.discard)
        return await self.inbox.get()


class Pool:
    def __init__(self, srv, n):
        self.idle = [Conn(srv) for _ in range(n)]
        self.sem = asyncio.Semaphore(n)

    async def acquire(self):
        await self.sem.acquire()
        return self.idle.pop()

    def release(self, c):
        self.idle.append(c)
        self.sem.release()


async def fetch(pool, q):
    c = await pool.acquire()
    try:
        return await asyncio.wait_for(c.call(q), 0.1)
    except TimeoutError:
        return None
    finally:
        pool.release(c)


async def user(pool, i):
    r = []
    for n in range(3):
        r.append(await fetch(pool, (i, n)))
        await asyncio.sleep(0.01)
    return r


async def main():
    pool = Pool(Server(), 2)
    for r in await asyncio.gather(*(user(pool, i) for i in range(4))):
        print(r)


asyncio.run(main())
