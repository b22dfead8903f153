# expects: ATOM001 deposit
"""Each method takes the lock; the sequence of two does not."""

import threading


class Account:
    def __init__(self):
        self._lock = threading.Lock()
        self._balance = 0

    def balance(self):
        with self._lock:
            return self._balance

    def set_balance(self, amount):
        with self._lock:
            self._balance = amount


def deposit(account, amount):
    seen = account.balance()
    account.set_balance(seen + amount)


account = Account()
threads = [threading.Thread(target=deposit, args=(account, 10)) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
