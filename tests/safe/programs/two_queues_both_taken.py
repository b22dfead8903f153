import asyncio


class Desk:
    def __init__(self):
        self.letters = asyncio.Queue()
        self.parcels = asyncio.Queue()
        self.done = []

    async def run(self):
        while True:
            waits = {asyncio.create_task(self.letters.get()), asyncio.create_task(self.parcels.get())}
            done, pending = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for other in pending:
                other.cancel()
            for each in done:
                item = each.result()
                self.done.append(item)


async def source(queue, name, delay):
    for i in range(3):
        await asyncio.sleep(delay)
        queue.put_nowait(f"{name} {i}")


async def main():
    desk = Desk()
    runner = asyncio.create_task(desk.run())
    await asyncio.gather(source(desk.letters, "letter", 0.01), source(desk.parcels, "parcel", 0.015))
    await asyncio.sleep(0.1)
    runner.cancel()


asyncio.run(main())
