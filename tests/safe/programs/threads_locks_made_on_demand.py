"""A lock for each account, made when it is first asked for: all threads get the one that `setdefault` kept, or the one made under a lock of its own."""

import threading


class Accounts:
    def __init__(self) -> None:
        self.balances: dict[str, int] = {}
        self.locks: dict[str, threading.Lock] = {}
        self.making = threading.Lock()

    def lock_of(self, name: str) -> threading.Lock:
        lock = self.locks.get(name)
        if lock is None:
            lock = self.locks.setdefault(name, threading.Lock())
        return lock

    def lock_of_a_pair(self, name: str) -> threading.Lock:
        if name not in self.locks:
            with self.making:
                if name not in self.locks:
                    self.locks[name] = threading.Lock()
        return self.locks[name]

    def deposit(self, name: str, amount: int) -> None:
        with self.lock_of(name), self.lock_of_a_pair(f"{name} and bob"):
            before = self.balances.get(name, 0)
            fee = amount // 100
            self.balances[name] = before + amount - fee


accounts = Accounts()
threads = [threading.Thread(target=accounts.deposit, args=("ann", amount)) for amount in (100, 200)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert accounts.balances["ann"] == 297
