"""A link that is lent stands in a table of those in use; who borrowed it ends without giving it back, and another thread returns it from the table."""

import threading
from collections import deque


class Link:
    def __init__(self):
        self.sent = 0

    def send(self):
        self.sent += 1


class Pool:
    def __init__(self, size):
        self.free = deque(Link() for _ in range(size))
        self.returned = threading.Condition()

    def take(self):
        with self.returned:
            self.returned.wait_for(lambda: self.free)
            return self.free.popleft()

    def give(self, link):
        with self.returned:
            self.free.append(link)
            self.returned.notify()

    def close(self):
        assert len(self.free) == 2


in_use = {}


def borrow(pool, name):
    link = in_use[name] = pool.take()
    link.send()


def main():
    pool = Pool(2)
    threads = [threading.Thread(target=borrow, args=(pool, name)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name in list(in_use):
        pool.give(in_use.pop(name))
    pool.close()


main()
