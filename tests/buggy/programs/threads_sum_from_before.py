# expects: ATOM001 Cart.total
"""A kept sum is made invalid while it is being summed up anew: what is put in then is the sum from before."""

import threading


class Cart:
    def __init__(self):
        self.lock = threading.Lock()
        self.lines = {"pen": 1}
        self._total = None

    def add(self, name, price):
        with self.lock:
            self.lines[name] = price
            self._total = None

    def total(self):
        if self._total is None:
            with self.lock:
                prices = list(self.lines.values())
            self._total = sum(prices)
        return self._total


cart = Cart()
threads = [threading.Thread(target=cart.total), threading.Thread(target=cart.add, args=("cup", 5))]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
