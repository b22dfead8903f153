"""A stand-in for aiomcache's pool: what is idle stands in a queue."""

import asyncio


class Connection:
    pass


class MemcachePool:
    def __init__(self) -> None:
        self._pool = asyncio.Queue()

    async def acquire(self) -> Connection:
        return Connection() if self._pool.empty() else self._pool.get_nowait()

    def release(self, connection: Connection) -> None:
        self._pool.put_nowait(connection)

    async def clear(self) -> None:
        while not self._pool.empty():
            self._pool.get_nowait()
