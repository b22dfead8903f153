"""Many readers or one writer, by a condition of one's own."""

import threading


class Shared:
    def __init__(self) -> None:
        self.free = threading.Condition()
        self.readers = 0
        self.value = 0

    def read(self) -> int:
        with self.free:
            self.readers += 1
        try:
            return self.value
        finally:
            with self.free:
                self.readers -= 1
                self.free.notify_all()

    def add(self, amount: int) -> None:
        with self.free:
            while self.readers:
                self.free.wait()
            now = self.value
            self.value = now + amount


shared = Shared()
threads = [threading.Thread(target=shared.add, args=(2,)), threading.Thread(target=shared.read), threading.Thread(target=shared.add, args=(3,))]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert shared.value == 5
