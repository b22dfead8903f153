"""A session ends itself when nothing has come for a while; its timer is set again where it comes too early, by however little."""

import asyncio


class Session:
    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.until = self.loop.time() + 1
        self.over = asyncio.Event()
        self.loop.call_at(self.until, self.check)

    async def touch(self) -> None:
        await asyncio.sleep(0.01)
        self.until = self.loop.time() + 1

    def check(self) -> None:
        if self.loop.time() <= self.until:
            self.loop.call_at(self.until, self.check)
        else:
            self.over.set()


async def main() -> None:
    session = Session()
    await asyncio.gather(session.touch(), session.touch())
    await session.over.wait()


asyncio.run(main())
