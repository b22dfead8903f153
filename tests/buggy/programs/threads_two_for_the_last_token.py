# expects: ATOM001 Bucket.take
"""Whether there is a token is decided in one locked section, and it is taken in the next."""

import threading


class Bucket:
    def __init__(self):
        self.lock = threading.Lock()
        self.tokens = 0

    def fill(self, amount):
        with self.lock:
            self.tokens += amount

    def take(self):
        with self.lock:
            enough = self.tokens >= 1
        if enough:
            with self.lock:
                self.tokens -= 1
        return enough


bucket = Bucket()
bucket.fill(1)
threads = [threading.Thread(target=bucket.take) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
