"""Read without the lock, look again under it, start over if somebody was faster."""

import threading


class Counter:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.value = 0

    def add(self, amount: int) -> None:
        while True:
            seen = self.value
            wanted = seen + amount
            with self.lock:
                if self.value == seen:
                    self.value = wanted
                    return


counter = Counter()
threads = [threading.Thread(target=counter.add, args=(n,)) for n in (1, 2, 3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert counter.value == 6
