"""Calls under a deadline on two pooled sockets.  A call that runs out of time forgets to return its socket."""

import asyncio
from collections import deque


class Socket:
    def __init__(self) -> None:
        self.calls = 0

    async def call(self, method: str) -> str:
        self.calls += 1
        await asyncio.sleep(0.01)
        return f"{method}: done"


class SocketPool:
    def __init__(self, size: int) -> None:
        self.idle = deque(Socket() for _ in range(size))
        self.returned = asyncio.Condition()

    async def acquire(self) -> Socket:
        async with self.returned:
            await self.returned.wait_for(lambda: self.idle)
            return self.idle.popleft()

    async def release(self, socket: Socket) -> None:
        async with self.returned:
            self.idle.append(socket)
            self.returned.notify()


async def call(pool: SocketPool, method: str) -> str | None:
    socket = await pool.acquire()
    try:
        async with asyncio.timeout(0.3):
            answer = await socket.call(method)
    except TimeoutError:
        return None
    await pool.release(socket)
    return answer


async def main() -> None:
    pool = SocketPool(2)
    await asyncio.gather(call(pool, "login"), call(pool, "list"))
    await call(pool, "logout")


if __name__ == "__main__":
    asyncio.run(main())
