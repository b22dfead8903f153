# expects: ATOM001 Outbox.flush
"""A flush without the lock that add() takes."""

import threading


class Outbox:
    def __init__(self):
        self.lock = threading.Lock()
        self.letters = []
        self.sent = []

    def add(self, text):
        with self.lock:
            self.letters.append({"text": text})

    def flush(self):
        batch = self.letters.copy()
        self.deliver(batch)
        self.letters = []

    def deliver(self, batch):
        for letter in batch:
            self.sent.append(letter["text"])


def write(outbox):
    for n in range(2):
        outbox.add(f"letter {n}")


outbox = Outbox()
threads = [threading.Thread(target=write, args=(outbox,)), threading.Thread(target=outbox.flush)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
outbox.flush()
