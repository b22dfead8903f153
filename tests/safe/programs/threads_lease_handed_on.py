"""Who takes a link hands it to a helper thread, which gives it back."""

import queue
import threading
from collections import deque


class Link:
    def __init__(self):
        self.sent = []

    def send(self, text):
        self.sent.append(text)


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


def finish(pool, handed):
    while (link := handed.get()) is not None:
        link.send("end")
        pool.give(link)


def start(pool, handed):
    link = pool.take()
    link.send("begin")
    handed.put(link)


def main():
    pool, handed = Pool(1), queue.Queue()
    helper = threading.Thread(target=finish, args=(pool, handed))
    helper.start()
    starters = [threading.Thread(target=start, args=(pool, handed)) for _ in range(3)]
    for starter in starters:
        starter.start()
    for starter in starters:
        starter.join()
    handed.put(None)
    helper.join()
    assert pool.free[0].sent == ["begin", "end"] * 3


main()
