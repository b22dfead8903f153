"""Each worker keeps the link it took for as long as the program lives; the pool is empty all the while, as it is meant to be."""

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
        self.lock = threading.Lock()

    def take(self):
        with self.lock:
            return self.free.popleft()

    def give(self, link):
        with self.lock:
            self.free.append(link)


class Worker(threading.Thread):
    def __init__(self, pool):
        super().__init__()
        self.link = pool.take()

    def run(self):
        for _ in range(2):
            self.link.send()


def main():
    pool = Pool(3)
    spare = pool.take()
    spare.send()
    pool.give(spare)
    workers = [Worker(pool), Worker(pool)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.link.sent for worker in workers] in ([2, 2], [3, 2], [2, 3])


main()
