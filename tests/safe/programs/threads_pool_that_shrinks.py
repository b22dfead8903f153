"""A pool drops the links it has too many of; fewer than it once had are enough for all."""

import threading


class Link:
    def __init__(self):
        self.open = True
        self.sent = 0

    def send(self):
        assert self.open
        self.sent += 1

    def close(self):
        self.open = False


class Pool:
    KEEP = 1

    def __init__(self):
        self.free = []
        self.lock = threading.Lock()

    def take(self):
        with self.lock:
            return self.free.pop() if self.free else Link()

    def give(self, link):
        with self.lock:
            if len(self.free) < self.KEEP:
                self.free.append(link)
                return
        link.close()


def use(pool):
    for _ in range(2):
        link = pool.take()
        try:
            link.send()
        finally:
            pool.give(link)


def main():
    pool = Pool()
    threads = [threading.Thread(target=use, args=(pool,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pool.free) == 1


main()
