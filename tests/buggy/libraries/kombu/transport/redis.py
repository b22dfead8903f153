"""A stand-in for a transport that keeps by itself which messages are out."""

from __future__ import annotations

import queue
import threading
import time


class Server:
    """What all consumers share: the messages nobody has, and the entries of those that somebody has."""

    def __init__(self, tags: list[str]) -> None:
        self.waiting: queue.Queue[str] = queue.Queue()
        self.out: set[str] = set()
        self.lock = threading.Lock()
        for tag in tags:
            self.waiting.put(tag)


class QoS:
    def __init__(self, server: Server) -> None:
        self.server = server
        self.delivered: list[str] = []

    def append(self, message: object, delivery_tag: str) -> None:
        with self.server.lock:
            self.server.out.add(delivery_tag)
        self.delivered.append(delivery_tag)

    def ack(self, delivery_tag: str) -> None:
        with self.server.lock:
            self.server.out.discard(delivery_tag)
        self.forget(delivery_tag)

    def forget(self, delivery_tag: str) -> None:
        if delivery_tag in self.delivered:
            self.delivered.remove(delivery_tag)

    def restore_by_tag(self, tag: str, leftmost: bool = False) -> None:
        with self.server.lock:
            self.server.out.discard(tag)
            self.server.waiting.put(tag)
        time.sleep(0.001)  # the server's answer

    def restore_visible(self) -> None:
        """What has been out for too long is for everybody again."""
        for tag in list(self.delivered):
            self.restore_by_tag(tag)

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        if requeue:
            self.restore_by_tag(delivery_tag)
            self.ack(delivery_tag)

    def give_back(self, delivery_tag: str) -> None:
        """As reject with requeue, in one step."""
        self.restore_by_tag(delivery_tag)
        self.forget(delivery_tag)
