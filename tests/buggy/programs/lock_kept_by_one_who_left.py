# expects: WAKE004 save

import asyncio


class Disk:
    def __init__(self) -> None:
        self.free = asyncio.Lock()

    async def write(self, data: str) -> None:
        await asyncio.sleep(0.01)  # stands for the writing


async def save(disk: Disk, data: str, patience: float) -> None:
    try:
        async with asyncio.timeout(patience):
            await disk.free.acquire()
            await disk.write(data)
            disk.free.release()
    except TimeoutError:
        print("gave up on", data)


async def main() -> None:
    disk = Disk()
    await asyncio.gather(save(disk, "a letter", 0.5), save(disk, "a book", 60))


asyncio.run(main())
