"""Connections in a queue.Queue, given back when everything is done."""

import queue
import threading


class Connection:
    def __init__(self) -> None:
        self.pending: list[str] = []
        self.settled: list[str] = []

    def receive(self, message: str) -> str:
        self.pending.append(message)
        return message

    def ack(self, message: str) -> None:
        self.pending.remove(message)
        self.settled.append(message)


pool: queue.Queue[Connection] = queue.Queue()
connections = [Connection(), Connection()]
for connection in connections:
    pool.put(connection)


def handle(message: str) -> None:
    connection = pool.get()
    try:
        connection.receive(message)
        connection.ack(message)
    finally:
        pool.put(connection)


threads = [threading.Thread(target=handle, args=(m,)) for m in ("a", "b", "c")]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert not any(c.pending for c in connections)
