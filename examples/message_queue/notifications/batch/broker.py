"""The embedded broker, called by threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable

from ..broker import Broker


class SharedBroker(Broker):
    """One request at a time."""

    def __init__(self, bodies: Iterable[str] = (), *, latency: float = 0.001) -> None:
        super().__init__(bodies, latency=latency)
        self._serving = threading.Lock()

    def open_session(self, previous: int | None) -> int:
        with self._serving:
            return super().open_session(previous)

    def fetch(self, session: int) -> tuple[int, str] | None:
        """As `deliver`, for a caller that waits."""
        time.sleep(self.latency)
        with self._serving:
            return self.take(session)

    def settle(self, session: int, tag: int, *, accept: bool) -> None:
        with self._serving:
            super().settle(session, tag, accept=accept)
