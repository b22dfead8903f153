"""A consumer gives its connection back to the pool before it acknowledges."""

import queue
import threading


class Broker:
    def __init__(self, *messages: str) -> None:
        self.waiting = list(messages)
        self.settled: list[str] = []


class Connection:
    def __init__(self, broker: Broker) -> None:
        self.broker = broker
        self.delivery: str | None = None

    def receive(self) -> str:
        self.delivery = self.broker.waiting.pop(0)
        return self.delivery

    def acknowledge(self) -> None:
        if self.delivery is not None:
            self.broker.settled.append(self.delivery)
        self.delivery = None


class Service:
    def __init__(self) -> None:
        self.handled: list[str] = []
        self.pool: queue.Queue[Connection] = queue.Queue()
        self.pool.put(Connection(Broker("one", "two")))

    def consume(self) -> None:
        connection = self.pool.get()
        message = connection.receive()
        self.handled.append(message)
        self.pool.put(connection)
        connection.acknowledge()


def main() -> None:
    service = Service()
    threads = [
        threading.Thread(target=service.consume),
        threading.Thread(target=service.consume),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
