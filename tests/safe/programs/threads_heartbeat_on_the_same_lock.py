"""A heartbeat writes on a link under its write lock, whoever has borrowed the link; it belongs to the link."""

import threading
import time
from collections import deque


class Link:
    def __init__(self):
        self.writing = threading.Lock()
        self.written = 0
        self.closing = threading.Event()
        self.heart = threading.Thread(target=self.beat)

    def beat(self):
        while not self.closing.wait(0.5):
            self.write()

    def write(self):
        with self.writing:
            time.sleep(0.01)
            self.written += 1

    def close(self):
        self.closing.set()
        self.heart.join()


class Pool:
    def __init__(self, size):
        self.links = [Link() for _ in range(size)]
        self.free = deque(self.links)
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
        for link in self.links:
            link.close()


def use(pool):
    link = pool.take()
    try:
        link.write()
    finally:
        pool.give(link)


def main():
    pool = Pool(1)
    for link in pool.links:
        link.heart.start()
    threads = [threading.Thread(target=use, args=(pool,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pool.close()
    assert pool.links[0].written >= 2


main()
