# expects: WAKE004 Registry.remove
"""An error between acquire and release, when two cleaners are after the same name: the lock stays with one who has gone."""

import threading


class Registry:
    def __init__(self) -> None:
        self.names = {"a": 1}
        self.lock = threading.Lock()
        self.errors = 0

    def remove(self, name: str) -> None:
        self.lock.acquire()
        del self.names[name]
        self.lock.release()


def clean(registry: Registry) -> None:
    if "a" in registry.names:
        try:
            registry.remove("a")
        except KeyError:
            registry.errors += 1


def main() -> None:
    registry = Registry()
    threads = [threading.Thread(target=clean, args=(registry,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with registry.lock:
        registry.names["b"] = 2


main()
