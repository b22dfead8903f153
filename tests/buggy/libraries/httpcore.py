"""A stand-in with the shape of a pool that keeps its callers' connections itself; racetrap knows the roles of the package of that name."""

import asyncio


class Connection:
    def __init__(self) -> None:
        self.state = "idle"

    def is_idle(self) -> bool:
        return self.state == "idle"

    def is_available(self) -> bool:
        return self.state == "idle"

    def is_closed(self) -> bool:
        return False

    def has_expired(self) -> bool:
        return False


class AsyncConnectionPool:
    """`careful`: cleaning up does not depend on not being cancelled once more."""

    def __init__(self, size: int, careful: bool) -> None:
        self._pool = [Connection() for _ in range(size)]
        self._turn = asyncio.Condition()
        self._careful = careful

    async def handle_async_request(self, request: str) -> str:
        async with self._turn:
            while not any(c.is_idle() for c in self._pool):
                await self._turn.wait()
            connection = next(c for c in self._pool if c.is_idle())
            connection.state = "active"
        try:
            await asyncio.sleep(0.02)
            return f"answer to {request}"
        finally:
            if self._careful:
                connection.state = "idle"
            await self.response_closed(connection)

    async def response_closed(self, connection: Connection) -> None:
        await asyncio.sleep(0)
        connection.state = "idle"
        async with self._turn:
            self._turn.notify()
