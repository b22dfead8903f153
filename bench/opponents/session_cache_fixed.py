"""A cache with one session, looked at before and after opening.  Correct: of two sessions
opened at once the first one stays, and the other, which nobody has seen, is closed."""

import asyncio


class Session:
    def __init__(self) -> None:
        self.closed = False

    async def get(self, page: int) -> str:
        await asyncio.sleep(0.005)
        if self.closed:
            raise RuntimeError("session is closed")
        return f"page {page}"

    def close(self) -> None:
        self.closed = True


class SessionCache:
    def __init__(self) -> None:
        self.session: Session | None = None

    async def get(self) -> Session:
        if self.session is None:
            session = await self._open()
            if self.session is not None:  # somebody else was opening one, too
                session.close()
            else:
                self.session = session
        return self.session

    async def close(self) -> None:
        if self.session is not None:
            self.session.close()

    async def _open(self) -> Session:
        await asyncio.sleep(0.01)
        return Session()


async def crawl(cache: SessionCache) -> None:
    for page in range(3):
        session = await cache.get()
        await session.get(page)


async def crawl_later(cache: SessionCache) -> None:
    await asyncio.sleep(0.03)
    await crawl(cache)


async def main() -> None:
    cache = SessionCache()
    await asyncio.gather(crawl(cache), crawl_later(cache))
    await cache.close()


if __name__ == "__main__":
    asyncio.run(main())
