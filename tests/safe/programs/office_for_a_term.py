"""A leader has its office for a term; one that leaves at once keeps it until the term is over, and the next one has more patience than that, or less."""

import asyncio


class Office:
    TERM = 2.0

    def __init__(self) -> None:
        self.waiting: list[asyncio.Future[None]] = []
        self.taken = False

    async def win(self) -> None:
        if self.taken:
            turn = asyncio.get_running_loop().create_future()
            self.waiting.append(turn)
            try:
                await turn
            finally:
                if turn in self.waiting:
                    self.waiting.remove(turn)
        self.taken = True

    def elect(self) -> None:
        self.taken = False
        for turn in self.waiting:
            if not turn.done():
                self.waiting.remove(turn)
                turn.set_result(None)
                self.taken = True
                asyncio.get_running_loop().call_later(self.TERM, self.elect)
                return

    def resign(self) -> None:
        self.elect()


async def run(office: Office, patience: float) -> None:
    try:
        async with asyncio.timeout(patience):
            await office.win()
    except TimeoutError:
        print("not this time")
        return
    await asyncio.sleep(0.1)
    office.resign()


async def main() -> None:
    office = Office()
    await asyncio.gather(run(office, 10), run(office, 0.5), run(office, 1.5), run(office, 60))


asyncio.run(main())
