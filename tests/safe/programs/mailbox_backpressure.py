"""Correct: work queue with visibility timeout + idempotent ack; polling main with overall progress; daemon task cancelled by run()."""

import asyncio


class Broker:
    def __init__(self, n):
        self.q = asyncio.Queue()
        self.un = {}
        self.acked = set()
        [self.q.put_nowait((i, 0)) for i in range(n)]

    async def receive(self):
        i, d = await self.q.get()
        if i not in self.acked:
            self.un[i, d] = asyncio.get_running_loop().call_later(0.3, self._re, i, d)
        return i, d

    def _re(self, i, d):
        if self.un.pop((i, d), None) and i not in self.acked:
            self.q.put_nowait((i, d + 1))

    def ack(self, m):
        h = self.un.pop(m, None)
        if h:
            h.cancel()
        first = m[0] not in self.acked
        self.acked.add(m[0])
        return first


async def consumer(b, out):
    while True:
        m = await b.receive()
        await asyncio.sleep(0.02)
        if b.ack(m):
            out.append(m[0])


async def stats(b):
    while True:
        await asyncio.sleep(0.05)
        len(b.un)


async def main():
    b = Broker(6)
    out = []
    s = asyncio.create_task(stats(b))
    ts = [asyncio.create_task(consumer(b, out)) for _ in range(2)]
    while len(out) < 6:
        await asyncio.sleep(0.02)
    assert sorted(out) == list(range(6))
    for t in ts:
        t.cancel()
    print("ok")


asyncio.run(main())
