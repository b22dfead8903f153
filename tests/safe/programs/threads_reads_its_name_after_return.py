"""After a link was given back its number is still read, for the log."""

import threading
from collections import deque


class Link:
    def __init__(self, number):
        self.number = number
        self.sent = 0

    def send(self):
        self.sent += 1

    def describe(self):
        return f"link {self.number}"

    def __repr__(self):
        return f"<Link {self.number}, {self.sent} sent>"


class Pool:
    def __init__(self, size):
        self.free = deque(Link(number) for number in range(size))
        self.returned = threading.Condition()

    def take(self):
        with self.returned:
            self.returned.wait_for(lambda: self.free)
            return self.free.popleft()

    def give(self, link):
        with self.returned:
            self.free.append(link)
            self.returned.notify()


def use(pool, log):
    link = pool.take()
    link.send()
    pool.give(link)
    log.append(f"{link.describe()} done, {link!r}")


def main():
    pool, log = Pool(1), []
    threads = [threading.Thread(target=use, args=(pool, log)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(log) == 3


main()
