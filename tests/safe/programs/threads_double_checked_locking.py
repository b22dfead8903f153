"""The look outside of the lock is only a short cut: the one inside decides."""

import threading


class Registry:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.handle: dict[str, int] | None = None
        self.made = 0

    def get(self) -> dict[str, int]:
        if self.handle is None:
            with self.lock:
                if self.handle is None:
                    self.made += 1
                    self.handle = {"number": self.made}
        return self.handle


def main() -> None:
    registry = Registry()
    threads = [threading.Thread(target=registry.get) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert registry.made == 1


main()
