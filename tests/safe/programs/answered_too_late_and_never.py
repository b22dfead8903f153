"""Two users wait for an approval each; one comes late, the other never, and both have deadlines."""

import asyncio


class Desk:
    def __init__(self) -> None:
        self.asked: dict[str, asyncio.Future[None]] = {}

    async def approval(self, name: str) -> None:
        answer = self.asked[name] = asyncio.get_running_loop().create_future()
        try:
            await answer
        finally:
            del self.asked[name]

    def approve(self, name: str) -> None:
        if name in self.asked and not self.asked[name].done():
            self.asked[name].set_result(None)


async def wants(desk: Desk, name: str) -> None:
    try:
        async with asyncio.timeout(1):
            await desk.approval(name)
            print(name, "may go on")
    except TimeoutError:
        print(name, "was not answered")


async def clerk(desk: Desk) -> None:
    await asyncio.sleep(0.9)
    desk.approve("ann")


async def main() -> None:
    desk = Desk()
    await asyncio.gather(wants(desk, "ann"), wants(desk, "bob"), clerk(desk))


asyncio.run(main())
