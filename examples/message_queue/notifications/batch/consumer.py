"""Threads that empty the queue."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor

from ..metrics import Metrics
from .broker import SharedBroker
from .pool import LinkPool
from .sender import Handler, Sender

log = logging.getLogger(__name__)


class BatchConsumer:
    """Owns the pool and its threads; `with` opens and closes it."""

    def __init__(self, broker: SharedBroker, handler: Handler, *, links: int = 5, threads: int = 8) -> None:
        self.metrics = Metrics()
        self.pool = LinkPool(broker, links)
        self._sender = Sender(self.pool, handler, self.metrics)
        self._threads = threads

    def __enter__(self) -> BatchConsumer:
        self.pool.open()
        return self

    def __exit__(self, *error: object) -> None:
        self.pool.close()

    def drain(self) -> None:
        """Work until the queue is empty."""
        with ThreadPoolExecutor(self._threads, thread_name_prefix="sender") as executor:
            working = [executor.submit(self._work) for _ in range(self._threads)]
            for future in working:
                future.result()

    def _work(self) -> None:
        more = True
        while more:
            try:
                more = self._sender.send_next()
            except Exception as error:
                log.info("message rejected: %s", error)
