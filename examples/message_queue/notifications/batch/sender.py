"""One message after the other through the handler, in whichever thread calls."""

from __future__ import annotations

import threading
from collections.abc import Callable

from ..metrics import Metrics
from .pool import LinkPool

Handler = Callable[[str], None]


class Sender:
    def __init__(self, pool: LinkPool, handler: Handler, metrics: Metrics) -> None:
        self._pool = pool
        self._handler = handler
        self._metrics = metrics
        self._counting = threading.Lock()

    def send_next(self) -> bool:
        """Handle the next message -> False when the queue is empty.

        A message its handler cannot deal with is nacked, and the handler's exception is raised.
        """
        link = self._pool.acquire()
        delivery = link.receive()
        if delivery is None:
            self._pool.release(link)
            return False
        try:
            self._handler(delivery.body)
            self._count(processed=1)
            self._pool.release(link)
            delivery.ack()
            self._count(acknowledged=1)
        except Exception:
            self._count(failed=1)
            delivery.nack()
            raise
        return True

    def _count(self, processed: int = 0, acknowledged: int = 0, failed: int = 0) -> None:
        with self._counting:
            self._metrics.processed += processed
            self._metrics.acknowledged += acknowledged
            self._metrics.failed += failed
