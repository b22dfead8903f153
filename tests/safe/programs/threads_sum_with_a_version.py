"""A kept sum is put in only if nothing came in meanwhile; another one is summed up under the lock; a third needs not be of now."""

import threading


class Cart:
    def __init__(self):
        self.lock = threading.Lock()
        self.lines = {"pen": 1}
        self.version = 0
        self._total = None
        self._most = None
        self._count = None

    def add(self, name, price):
        with self.lock:
            self.lines[name] = price
            self.version += 1
            self._total = None
            self._most = None

    def total(self):
        if self._total is None:
            with self.lock:
                prices, version = list(self.lines.values()), self.version
            total = sum(prices)
            with self.lock:
                if self.version == version:
                    self._total = total
            return total
        return self._total

    def most(self):
        with self.lock:
            if self._most is None:
                prices = list(self.lines.values())
                self._most = max(prices)
            return self._most

    def count(self):
        if self._count is None:
            prices = list(self.lines)
            self._count = len(prices)
        return self._count


cart = Cart()
threads = [threading.Thread(target=target) for target in (cart.total, cart.most, cart.count, lambda: cart.add("cup", 5))]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert (cart.total(), cart.most()) == (6, 5)
