"""A bounded pool of links for threads, first in, first out."""

from __future__ import annotations

import threading
from collections import deque

from .broker import SharedBroker
from .link import Link


class LinkPool:
    def __init__(self, broker: SharedBroker, size: int) -> None:
        self._links = [Link(broker, number) for number in range(size)]
        self._idle: deque[Link] = deque(self._links)
        self._returned = threading.Condition()

    @property
    def idle(self) -> int:
        return len(self._idle)

    def open(self) -> None:
        for link in self._links:
            link.open()

    def acquire(self) -> Link:
        """A link with a fresh session; waits until one is free."""
        with self._returned:
            self._returned.wait_for(lambda: self._idle)
            link = self._idle.popleft()
        link.begin_session()
        return link

    def release(self, link: Link) -> None:
        with self._returned:
            self._idle.append(link)
            self._returned.notify()

    def close(self) -> None:
        for link in self._links:
            link.close()
