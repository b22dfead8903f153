# expects: ATOM001 withdraw
"""Look and write are each under the lock, but not in one section."""

import threading


class Account:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.balance = 100

    def withdraw(self, amount: int) -> bool:
        with self.lock:
            balance = self.balance
        if balance < amount:
            return False
        with self.lock:
            self.balance = balance - amount
        return True


account = Account()
threads = [threading.Thread(target=account.withdraw, args=(60,)) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
