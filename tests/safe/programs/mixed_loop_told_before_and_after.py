"""A thread writes to what a loop uses when that does not run: before it begins, and when it is over; meanwhile it tells it in the safe way."""

import asyncio
import threading


class Board:
    def __init__(self) -> None:
        self.lines: asyncio.Queue[str] = asyncio.Queue()

    async def read(self, count: int) -> list[str]:
        return [await self.lines.get() for _ in range(count)]


def main() -> None:
    board = Board()
    before = threading.Thread(target=board.lines.put_nowait, args=("before",))
    before.start()
    before.join()

    async def day() -> None:
        loop = asyncio.get_running_loop()
        writers = [threading.Thread(target=loop.call_soon_threadsafe, args=(board.lines.put_nowait, n)) for n in "ab"]
        for writer in writers:
            writer.start()
        assert sorted(await board.read(3)) == ["a", "b", "before"]
        for writer in writers:
            writer.join()

    asyncio.run(day())
    after = threading.Thread(target=board.lines.put_nowait, args=("after",))
    after.start()
    after.join()
    assert board.lines.qsize() == 1


main()
