"""Variants of the flagship: the same service with other code in some of its files.

Each variant is the example with files replaced, or with every word of a vocabulary replaced by another.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "message_queue"

_HEAD = '''
from collections.abc import Awaitable, Callable
import asyncio
import contextlib
from .metrics import Metrics
from .pool import ConnectionPool

Handler = Callable[[str], Awaitable[None]]


class Processor:
    def __init__(self, pool: ConnectionPool, handler: Handler, metrics: Metrics) -> None:
        self._pool = pool
        self._handler = handler
        self._metrics = metrics

'''

FIXED = _HEAD + '''
    async def process_next(self) -> bool:
        connection = await self._pool.acquire()
        try:
            message = await connection.receive()
            if message is None:
                return False
            try:
                await self._handler(message.body)
                self._metrics.processed += 1
                await message.ack()
                self._metrics.acknowledged += 1
            except Exception:
                self._metrics.failed += 1
                await message.nack()
                raise
        finally:
            await self._pool.release(connection)
        return True
'''

PUBLISHED_FIX = _HEAD + '''
    async def process_next(self) -> bool:
        connection = await self._pool.acquire()
        message = await connection.receive()
        if message is None:
            await self._pool.release(connection)
            return False
        try:
            await self._handler(message.body)
            self._metrics.processed += 1
            await message.ack()
            self._metrics.acknowledged += 1
            await self._pool.release(connection)
        except Exception:
            self._metrics.failed += 1
            await self._pool.release(connection)
            await message.nack()
            raise
        return True
'''

CONTEXT_MANAGER = _HEAD + '''
    @contextlib.asynccontextmanager
    async def _borrowed(self):
        connection = await self._pool.acquire()
        try:
            yield connection
        finally:
            await self._pool.release(connection)

    async def process_next(self) -> bool:
        async with self._borrowed() as connection:
            message = await connection.receive()
            if message is None:
                return False
            try:
                await self._handler(message.body)
            except Exception:
                self._metrics.failed += 1
                await message.nack()
                raise
            self._metrics.processed += 1
        await message.ack()
        self._metrics.acknowledged += 1
        return True
'''

CONTEXT_CLASS = _HEAD + '''
    class Lease:
        def __init__(self, pool):
            self._pool = pool

        async def __aenter__(self):
            self._connection = await self._pool.acquire()
            return self._connection

        async def __aexit__(self, *error):
            await self._pool.release(self._connection)

    async def process_next(self) -> bool:
        async with self.Lease(self._pool) as connection:
            message = await connection.receive()
            if message is None:
                return False
            try:
                await self._handler(message.body)
            except Exception:
                self._metrics.failed += 1
                await message.nack()
                raise
            self._metrics.processed += 1
        await message.ack()
        self._metrics.acknowledged += 1
        return True
'''

DEEP = _HEAD + '''
    async def _put_back(self, connection):
        await self._finish(connection)

    async def _finish(self, connection):
        await self._pool.release(connection)

    async def _confirm(self, message):
        await message.ack()
        self._metrics.acknowledged += 1

    async def process_next(self) -> bool:
        connection = await self._pool.acquire()
        message = await connection.receive()
        if message is None:
            await self._put_back(connection)
            return False
        try:
            await self._handler(message.body)
        except Exception:
            self._metrics.failed += 1
            await message.nack()
            await self._put_back(connection)
            raise
        self._metrics.processed += 1
        await self._put_back(connection)
        await self._confirm(message)
        return True
'''

BACKGROUND_SETTLE = _HEAD + '''
    async def process_next(self) -> bool:
        connection = await self._pool.acquire()
        settling = None
        try:
            message = await connection.receive()
            if message is None:
                return False
            try:
                await self._handler(message.body)
                self._metrics.processed += 1
                settling = asyncio.create_task(message.ack())
            except Exception:
                self._metrics.failed += 1
                await message.nack()
                raise
        finally:
            await self._pool.release(connection)
        await settling
        self._metrics.acknowledged += 1
        return True
'''

QUEUE_POOL = '''
import asyncio

from .broker import Broker
from .connection import Connection


class ConnectionPool:
    def __init__(self, broker: Broker, size: int) -> None:
        self._connections = [Connection(broker, number) for number in range(size)]
        self._free: asyncio.Queue[Connection] = asyncio.Queue()
        for connection in self._connections:
            self._free.put_nowait(connection)

    @property
    def idle(self) -> int:
        return self._free.qsize()

    async def open(self) -> None:
        for connection in self._connections:
            await connection.open()

    async def acquire(self) -> Connection:
        connection = await self._free.get()
        connection.begin_session()
        return connection

    async def release(self, connection: Connection) -> None:
        self._free.put_nowait(connection)

    async def close(self) -> None:
        for connection in self._connections:
            await connection.close()
'''

SEMAPHORE_POOL = '''
import asyncio
import contextlib

from .broker import Broker
from .connection import Connection


class ConnectionPool:
    """Opens connections when they are wanted, at most `size`."""

    def __init__(self, broker: Broker, size: int) -> None:
        self._broker = broker
        self._size = size
        self._spare: list[Connection] = []
        self._made: list[Connection] = []
        self._slots = asyncio.Semaphore(size)

    @property
    def idle(self) -> int:
        return self._size - (len(self._made) - len(self._spare))

    async def open(self) -> None:
        pass

    async def acquire(self) -> Connection:
        await self._slots.acquire()
        if self._spare:
            connection = self._spare.pop(0)
        else:
            connection = Connection(self._broker, len(self._made))
            self._made.append(connection)
            await connection.open()
        connection.begin_session()
        return connection

    async def release(self, connection: Connection) -> None:
        self._spare.append(connection)
        self._slots.release()

    async def close(self) -> None:
        for connection in self._made:
            await connection.close()
'''

SPAWNING_CONSUMER = '''
import asyncio
import logging

from .broker import Broker
from .metrics import Metrics
from .pool import ConnectionPool
from .processor import Handler, Processor

log = logging.getLogger(__name__)


class Consumer:
    """Starts its workers itself when it is opened; a worker starts a task for each message."""

    def __init__(self, broker: Broker, handler: Handler, *, connections: int = 5, workers: int = 8) -> None:
        self.metrics = Metrics()
        self.pool = ConnectionPool(broker, connections)
        self._processor = Processor(self.pool, handler, self.metrics)
        self._workers = workers
        self._tasks: set[asyncio.Task] = set()

    async def __aenter__(self) -> "Consumer":
        await self.pool.open()
        for _ in range(self._workers):
            self._tasks.add(asyncio.create_task(self._work()))
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.pool.close()

    async def drain(self) -> None:
        await asyncio.gather(*self._tasks)

    async def _work(self) -> None:
        more = True
        while more:
            try:
                more = await asyncio.create_task(self._processor.process_next())
            except Exception as error:
                log.info("message rejected: %s", error)
'''

OTHER_WORDS = {
    "ConnectionPool": "Carousel", "Connection": "Link", "connections": "links", "connection": "link", "Connections": "Links",
    "acquire": "board", "release": "alight", "Message": "Parcel", "message": "parcel", "nack": "refuse", "acknowledged": "concluded",
    "ack": "conclude", "settle": "stamp", "settled": "stamped", "_settle": "_stamp", "pool": "ring", "_pool": "_ring",
    "Broker": "Depot", "broker": "depot", "_broker": "_depot", "_connections": "_links", "begin_session": "turn_page", "receive": "pick",
    "_idle": "_seats", "_returned": "_bell",
}

FILES: dict[str, dict[str, str]] = {
    "buggy": {},
    "fixed": {"processor.py": FIXED},
    "published fix": {"processor.py": PUBLISHED_FIX},
    "renamed": {},
    "context manager": {"processor.py": CONTEXT_MANAGER},
    "context class": {"processor.py": CONTEXT_CLASS},
    "release two calls deep": {"processor.py": DEEP},
    "settled in the background": {"processor.py": BACKGROUND_SETTLE},
    "queue pool": {"pool.py": QUEUE_POOL},
    "semaphore pool": {"pool.py": SEMAPHORE_POOL},
    "workers start themselves": {"consumer.py": SPAWNING_CONSUMER},
    "fixed, queue pool": {"processor.py": FIXED, "pool.py": QUEUE_POOL},
    "fixed, semaphore pool": {"processor.py": FIXED, "pool.py": SEMAPHORE_POOL},
    "fixed, workers start themselves": {"processor.py": FIXED, "consumer.py": SPAWNING_CONSUMER},
}


def build(name: str, at: Path) -> Path:
    """Write that variant under `at` -> its directory."""
    target = at / "service"
    shutil.copytree(EXAMPLE, target, ignore=shutil.ignore_patterns("__pycache__", ".racetrap", ".pytest_cache"))
    for file, text in FILES[name].items():
        (target / "notifications" / file).write_text(text)
    if name == "renamed":
        for path in target.rglob("*.py"):
            path.write_text(re.sub(r"\w+", lambda word: OTHER_WORDS.get(word.group(), word.group()), path.read_text()))
        for old, new in (("connection", "link"), ("message", "parcel"), ("pool", "ring"), ("broker", "depot")):
            for path in list(target.rglob(f"{old}.py")):
                path.rename(path.with_name(f"{new}.py"))
    return target
