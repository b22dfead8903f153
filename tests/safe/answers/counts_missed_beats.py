"""Watchdog counts missed heartbeats by itself and raises: the program's own answer to a stalled peer."""

import asyncio


class Stalled(Exception):
    pass


class Peer:
    def __init__(self):
        self.beats = 0
        self.stop = False

    async def run(self):
        while not self.stop:
            self.beats += 1
            await asyncio.sleep(0.1)


async def watch(p):
    missed = 0
    seen = -1
    for _ in range(10):
        await asyncio.sleep(0.15)
        missed = missed + 1 if p.beats == seen else 0
        seen = p.beats
        if missed >= 3:
            raise Stalled
    p.stop = True


async def main():
    p = Peer()
    t = asyncio.create_task(p.run())
    try:
        await watch(p)
    finally:
        t.cancel()


asyncio.run(main())
