"""Round robin: everybody takes the next and puts it at the end, all under one lock."""

import asyncio
from collections import deque


class Backend:
    def __init__(self, name: str) -> None:
        self.name = name
        self.served = 0

    async def serve(self) -> None:
        await asyncio.sleep(0.001)
        self.served += 1


class RoundRobin:
    def __init__(self, names: str) -> None:
        self.backends = deque(Backend(name) for name in names)
        self.turn = asyncio.Lock()

    def next(self) -> Backend:
        return self.backends.popleft()

    def last(self, backend: Backend) -> None:
        self.backends.append(backend)


async def client(ring: RoundRobin) -> None:
    for _ in range(3):
        async with ring.turn:
            backend = ring.next()
            await backend.serve()
            ring.last(backend)
        await asyncio.sleep(0.001)


async def main() -> None:
    ring = RoundRobin("abc")
    await asyncio.gather(*(client(ring) for _ in range(4)))
    assert sum(b.served for b in ring.backends) == 12


asyncio.run(main())
