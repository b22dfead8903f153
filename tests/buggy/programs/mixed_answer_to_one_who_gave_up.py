# expects: TASK005 answer
"""Questions are put to a thread; its answer to somebody who has given up fails in the loop: the future is done already."""

import asyncio
import queue
import threading


class Library:
    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.questions: queue.Queue[asyncio.Future[int] | None] = queue.Queue()

    def answer(self) -> None:
        while (future := self.questions.get()) is not None:
            self.loop.call_soon_threadsafe(future.set_result, 42)

    async def ask(self) -> int | None:
        future = self.loop.create_future()
        self.questions.put(future)
        try:
            return await asyncio.wait_for(future, 0.1)
        except TimeoutError:
            return None


async def main() -> None:
    library = Library(asyncio.get_running_loop())
    thread = threading.Thread(target=library.answer)
    thread.start()
    await asyncio.gather(library.ask(), library.ask())
    library.questions.put(None)
    await asyncio.to_thread(thread.join)


asyncio.run(main())
