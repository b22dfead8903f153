"""The lock of a cache is given up while a value is got, so two may get one: they differ, and either may stay.  Of several errors any one is kept."""

import itertools
import threading


class Quote:
    numbers = itertools.count(1)

    def __init__(self):
        self.price, self.number = 10, next(self.numbers)


class Quotes:
    def __init__(self):
        self.lock = threading.Lock()
        self.known = {}
        self.generation = 0
        self.error = None

    def price(self, symbol):
        with self.lock:
            quote = self.known.get(symbol)
            generation = self.generation
        if quote is None:
            quote = Quote()
            with self.lock:
                if self.generation == generation:
                    self.known[symbol] = quote
        return quote.price

    def outdate(self):
        with self.lock:
            self.known.clear()
            self.generation += 1

    def refuse(self, symbol):
        try:
            raise ValueError(next(Quote.numbers))
        except ValueError as e:
            if self.error is None:
                self.error = e


quotes = Quotes()


def work():
    assert quotes.price("tea") == 10
    quotes.refuse("gold")


threads = [threading.Thread(target=target) for target in (work, work, quotes.outdate)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert quotes.error is not None
