"""A connection that anyio.connect_tcp leaves open, on a stock event loop.

    .venv-realbugs/httpcore-719-fixed-newest-*/bin/python bench/realbugs/proofs/connect_left_open.py

Found by the hunt of httpcore-719's newest side, where the server then waits for that connection for ever.  connect_tcp is given a deadline, and one turn of the loop, so many
turns after the connect was done, is made longer than it.  Prints for each number of turns what asyncio says was never closed, with garbage collection on demand.
anyio 4.13.0: 2 to 4 turns after the connect, the client's transport.
"""

import asyncio
import gc
import selectors
import time
import warnings

import anyio

DEADLINE = 0.05


class LongTurn(selectors.DefaultSelector):
    """The n-th turn after a socket became writable takes longer than the deadline."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self._after = after
        self._left: int | None = None

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if self._left is not None:
            self._left -= 1
            if self._left <= 0:
                time.sleep(DEADLINE * 1.2)
                self._left = None
        ready = super().select(timeout)
        if self._after and any(events & selectors.EVENT_WRITE for _, events in ready):
            self._left, self._after = self._after, 0
        return ready


async def main() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)  # the server's end is not the question
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    with anyio.move_on_after(DEADLINE):
        stream = await anyio.connect_tcp(host, port)
        await stream.aclose()
    await asyncio.sleep(0.02)
    server.close()


if __name__ == "__main__":
    for after in range(1, 9):
        said: list[str] = []
        with warnings.catch_warnings():
            warnings.simplefilter("always", ResourceWarning)
            warnings.showwarning = lambda message, *rest: said.append(str(message))
            gc.disable()
            with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(LongTurn(after))) as runner:
                runner.run(main())
            gc.enable()
            gc.collect()
        print(f"{after} turns after the connect: {', '.join(s for s in said if 'transport' in s) or 'all closed'}")
