# expects: TASK001 Broker.ack
"""Message acked twice: visibility timeout redelivers while the first handler still works."""

import asyncio


class Broker:
    def __init__(self, n):
        self.ready = asyncio.Queue()
        self.unacked = {}
        for i in range(n):
            self.ready.put_nowait(i)

    async def receive(self):
        m = await self.ready.get()
        self.unacked[m] = asyncio.get_running_loop().call_later(0.3, self._redeliver, m)
        return m

    def _redeliver(self, m):
        del self.unacked[m]
        self.ready.put_nowait(m)

    async def ack(self, m):
        await asyncio.sleep(0.001)
        self.unacked.pop(m).cancel()  # KeyError if redelivered


async def consumer(b, done):
    while True:
        m = await b.receive()
        await asyncio.sleep(0.02)
        await b.ack(m)
        done.append(m)


async def main():
    b = Broker(6)
    done = []
    ts = [asyncio.create_task(consumer(b, done)) for _ in range(2)]
    while len(done) < 6:
        await asyncio.sleep(0.02)
    for t in ts:
        t.cancel()
    await asyncio.gather(*ts, return_exceptions=True)
    print(sorted(done))


asyncio.run(main())
