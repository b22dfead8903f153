"""Producers and consumers share a lock but not a condition, so a notify() always reaches one who can use it."""

import threading


class Buffer:
    def __init__(self, size):
        lock = threading.Lock()
        self.not_full, self.not_empty = threading.Condition(lock), threading.Condition(lock)
        self.items, self.size = [], size

    def put(self, item):
        with self.not_full:
            self.not_full.wait_for(lambda: len(self.items) < self.size)
            self.items.append(item)
            self.not_empty.notify()

    def get(self):
        with self.not_empty:
            self.not_empty.wait_for(lambda: self.items)
            item = self.items.pop(0)
            self.not_full.notify()
            return item


def main():
    buffer, got = Buffer(1), []
    producers = [threading.Thread(target=lambda n=n: [buffer.put(n), buffer.put(n + 10)]) for n in range(2)]
    consumers = [threading.Thread(target=lambda: got.extend([buffer.get(), buffer.get()])) for _ in range(2)]
    for thread in (*producers, *consumers):
        thread.start()
    for thread in (*producers, *consumers):
        thread.join()
    assert sorted(got) == [0, 1, 10, 11]


main()
