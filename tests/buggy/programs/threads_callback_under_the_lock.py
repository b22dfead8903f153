# expects: LOCK001 changed
"""A registry calls its listeners while it holds its lock; a listener has a lock of its own and asks the registry."""

import threading


class Registry:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.values: dict[str, int] = {}
        self.listeners: list[View] = []

    def set(self, name: str, value: int) -> None:
        with self.lock:
            self.values[name] = value
            for listener in self.listeners:
                listener.changed(name)

    def get(self, name: str) -> int:
        with self.lock:
            return self.values.get(name, 0)


class View:
    def __init__(self, registry: Registry) -> None:
        self.lock = threading.Lock()
        self.registry = registry
        self.stale: set[str] = set()
        registry.listeners.append(self)

    def changed(self, name: str) -> None:
        with self.lock:
            self.stale.add(name)

    def refresh(self) -> None:
        with self.lock:
            for name in sorted(self.stale) or ["x"]:
                self.registry.get(name)
            self.stale.clear()


registry = Registry()
view = View(registry)
threads = [threading.Thread(target=registry.set, args=("x", 1)), threading.Thread(target=view.refresh)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
