"""A blocking connection to the broker."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from .broker import SharedBroker


class Link:
    """One session at a time; frames are written one after the other, those of the heartbeat too."""

    HEARTBEAT = 1.0

    def __init__(self, broker: SharedBroker, number: int) -> None:
        self.number = number
        self._broker = broker
        self._session: int | None = None
        self._writing = threading.Lock()
        self._closing = threading.Event()
        self._heart = threading.Thread(target=self._beat, name=f"heartbeat of link {number}", daemon=True)

    def open(self) -> None:
        self._heart.start()

    def close(self) -> None:
        self._closing.set()
        self._heart.join()

    def begin_session(self) -> None:
        self._session = self._broker.open_session(self._session)

    def receive(self) -> Delivery | None:
        assert self._session is not None, "receive() needs a session"
        fetched = self._broker.fetch(self._session)
        return None if fetched is None else Delivery(self, *fetched)

    def settle(self, tag: int, *, accept: bool) -> None:
        with self._writing:
            if self._session is not None:
                self._broker.settle(self._session, tag, accept=accept)

    def _beat(self) -> None:
        while not self._closing.wait(self.HEARTBEAT):
            with self._writing:
                time.sleep(self._broker.latency)


@dataclass(frozen=True, slots=True)
class Delivery:
    link: Link
    tag: int
    body: str

    def ack(self) -> None:
        self.link.settle(self.tag, accept=True)

    def nack(self) -> None:
        self.link.settle(self.tag, accept=False)
