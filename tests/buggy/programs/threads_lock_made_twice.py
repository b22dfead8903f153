# expects: ATOM001 lock_of
"""A lock for each account, made when it is first asked for: two threads make one each, and are in there together."""

import threading


class Accounts:
    def __init__(self) -> None:
        self.balances: dict[str, int] = {}
        self.locks: dict[str, threading.Lock] = {}

    def lock_of(self, name: str) -> threading.Lock:
        if name not in self.locks:
            self.locks[name] = threading.Lock()
        return self.locks[name]

    def balance_of(self, name: str) -> int:
        return self.balances.get(name, 0)

    def deposit(self, name: str, amount: int) -> None:
        with self.lock_of(name):
            before = self.balance_of(name)
            fee = amount // 100
            self.balances[name] = before + amount - fee


accounts = Accounts()
threads = [threading.Thread(target=accounts.deposit, args=("ann", amount)) for amount in (100, 200)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
