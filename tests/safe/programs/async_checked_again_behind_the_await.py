"""The look behind the await decides."""

import asyncio


class Tokens:
    def __init__(self) -> None:
        self.token: str | None = None
        self.fetched = 0

    async def fetch(self) -> str:
        await asyncio.sleep(0.01)
        self.fetched += 1
        return f"token {self.fetched}"

    async def get(self) -> str:
        if self.token is None:
            fresh = await self.fetch()
            if self.token is None:
                self.token = fresh
        return self.token


async def main() -> None:
    tokens = Tokens()
    got = await asyncio.gather(*(tokens.get() for _ in range(3)))
    assert len(set(got)) == 1


asyncio.run(main())
