"""After the connection went back its number is logged, its repr is printed, it is described."""

import asyncio


class Connection:
    def __init__(self, number: int) -> None:
        self.number = number
        self.calls = 0

    async def call(self) -> None:
        await asyncio.sleep(0.002)
        self.calls += 1

    def describe(self) -> str:
        return f"connection {self.number}"

    def __repr__(self) -> str:
        return f"<{self.describe()}>"


async def use(pool: asyncio.Queue[Connection], log: list[str]) -> None:
    connection = await pool.get()
    try:
        await connection.call()
    finally:
        pool.put_nowait(connection)
    await asyncio.sleep(0.001)
    log.append(f"returned {connection.number} {connection!r} {connection.describe()}")


async def main() -> None:
    pool: asyncio.Queue[Connection] = asyncio.Queue()
    for number in range(2):
        pool.put_nowait(Connection(number))
    log: list[str] = []
    await asyncio.gather(*(use(pool, log) for _ in range(6)))
    assert len(log) == 6


asyncio.run(main())
