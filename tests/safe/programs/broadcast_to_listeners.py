"""News told to whoever listens at that moment; who does not listen, or stops just then, misses it, and that is how news is."""

import asyncio


class Radio:
    def __init__(self) -> None:
        self._listeners: list[tuple[asyncio.Event, list[str]]] = []
        self.last = ""

    def tell(self, news: str) -> None:
        self.last = news
        listeners, self._listeners = self._listeners, []
        for event, box in listeners:
            box.append(news)
            event.set()

    async def next(self) -> str:
        event, box = asyncio.Event(), list[str]()
        self._listeners.append((event, box))
        await event.wait()
        return box[0]


async def station(radio: Radio) -> None:
    for hour in range(5):
        await asyncio.sleep(0.05)
        radio.tell(f"news of {hour} o'clock")


async def listen(radio: Radio, patience: float) -> None:
    for _ in range(4):
        try:
            async with asyncio.timeout(patience):
                await radio.next()
        except TimeoutError:
            await asyncio.sleep(0.01)


async def main() -> None:
    radio = Radio()
    await asyncio.gather(station(radio), listen(radio, 0.05), listen(radio, 0.07), return_exceptions=False)
    assert radio.last == "news of 4 o'clock"


asyncio.run(main())
