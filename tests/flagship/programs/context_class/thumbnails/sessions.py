"""Streams to the broker and who may use them."""

from __future__ import annotations

import asyncio
from collections import deque
from types import TracebackType

from .broker import Uploads


class Stream:
    def __init__(self, uploads: Uploads) -> None:
        self._uploads = uploads
        self._reserved: dict[int, str] = {}
        self._numbers = 0
        self._writer = asyncio.Lock()

    def rewind(self) -> None:
        self._reserved.clear()

    async def reserve(self) -> tuple[int, str] | None:
        name = await self._uploads.reserve()
        if name is None:
            return None
        self._numbers += 1
        self._reserved[self._numbers] = name
        return self._numbers, name

    async def confirm(self, number: int) -> None:
        await self._finish(number, self._uploads.done)

    async def reject(self, number: int) -> None:
        await self._finish(number, self._uploads.dead)

    async def _finish(self, number: int, to: list[str]) -> None:
        async with self._writer:
            name = self._reserved.pop(number, None)
            if name is not None:
                to.append(name)
                await self._uploads.flush()

    async def beat(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            async with self._writer:
                await self._uploads.heartbeat()


class Sessions:
    """All streams; `async with sessions.session() as stream` lends one of them."""

    def __init__(self, uploads: Uploads, limit: int) -> None:
        self.spare = deque(Stream(uploads) for _ in range(limit))
        self.vacancies = asyncio.Semaphore(limit)
        self._beats = [asyncio.create_task(stream.beat()) for stream in self.spare]

    def session(self) -> Session:
        return Session(self)

    async def aclose(self) -> None:
        for beat in self._beats:
            beat.cancel()
        await asyncio.gather(*self._beats, return_exceptions=True)


class Session:
    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._stream: Stream | None = None

    async def __aenter__(self) -> Stream:
        await self._sessions.vacancies.acquire()
        self._stream = self._sessions.spare.popleft()
        self._stream.rewind()
        return self._stream

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._stream is not None
        self._sessions.spare.append(self._stream)
        self._stream = None
        self._sessions.vacancies.release()
