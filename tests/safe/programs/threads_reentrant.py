"""A method that holds the lock calls another one that takes it."""

import threading


class Account:
    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.balance = 0

    def add(self, amount: int) -> None:
        with self.lock:
            self.balance = self.balance + amount

    def add_twice(self, amount: int) -> None:
        with self.lock:
            self.add(amount)
            self.add(amount)


account = Account()
threads = [threading.Thread(target=account.add_twice, args=(5,)) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert account.balance == 30
