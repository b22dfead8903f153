# expects: WAKE006 Meter.measure
"""A meter's thread puts what it measures straight into a queue of asyncio's; whoever waits there sleeps on."""

import asyncio
import threading
import time


class Meter:
    def __init__(self, readings: asyncio.Queue[int]) -> None:
        self.readings = readings

    def measure(self) -> None:
        for value in range(2):
            time.sleep(0.01)
            self.readings.put_nowait(value)


async def main() -> None:
    readings: asyncio.Queue[int] = asyncio.Queue()
    thread = threading.Thread(target=Meter(readings).measure)
    thread.start()
    for _ in range(2):
        await readings.get()
    thread.join()


asyncio.run(main())
