"""A link whose use failed is closed and dropped; the pool makes another one in its place."""

import threading


class Link:
    def __init__(self):
        self.closed = False

    def send(self, text):
        if text == "bad":
            raise ValueError(text)
        self.last = text

    def close(self):
        self.closed = True


class Pool:
    def __init__(self, size):
        self.free = [Link() for _ in range(size)]
        self.slots = threading.Semaphore(size)
        self.lock = threading.Lock()

    def take(self):
        self.slots.acquire()
        with self.lock:
            return self.free.pop() if self.free else Link()

    def give(self, link):
        with self.lock:
            if not link.closed:
                self.free.append(link)
        self.slots.release()


def send(pool, text, failed):
    link = pool.take()
    try:
        link.send(text)
    except ValueError:
        link.close()
        failed.append(text)
    finally:
        pool.give(link)


def main():
    pool, failed = Pool(2), []
    threads = [threading.Thread(target=send, args=(pool, text, failed)) for text in ("good", "bad", "good", "bad")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == ["bad", "bad"]


main()
