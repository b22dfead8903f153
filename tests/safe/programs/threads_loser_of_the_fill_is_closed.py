"""Two threads may connect; who comes second closes his own connection and uses the first."""

import threading


class Connection:
    def __init__(self) -> None:
        self.open = True

    def close(self) -> None:
        self.open = False


class Client:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.connection: Connection | None = None

    def get(self) -> Connection:
        if self.connection is None:
            fresh = Connection()
            with self.lock:
                if self.connection is None:
                    self.connection = fresh
                else:
                    fresh.close()
        return self.connection


def main() -> None:
    client = Client()
    threads = [threading.Thread(target=client.get) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert client.connection is not None and client.connection.open


main()
