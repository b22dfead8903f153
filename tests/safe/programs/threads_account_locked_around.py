"""Locked methods under a lock of the caller's; a row changed in place; a setter that writes what others may overwrite."""

import threading


class Account:
    def __init__(self):
        self.lock = threading.RLock()
        self._balance = 0
        self._row = {"n": 0}
        self._status = "new"

    def balance(self):
        with self.lock:
            return self._balance

    def set_balance(self, amount):
        with self.lock:
            self._balance = amount

    def row(self):
        return self._row

    def set_row(self, row):
        self._row = row

    def status(self):
        return self._status

    def set_status(self, status):
        self._status = status


def deposit(account, amount):
    with account.lock:
        seen = account.balance()
        account.set_balance(seen + amount)


def count(account):
    row = account.row()
    with account.lock:
        row["n"] += 1
    account.set_row(row)


def seen(account):
    if account.status() == "new":
        account.set_status("seen")


def work(account):
    deposit(account, 10)
    count(account)
    seen(account)


account = Account()
threads = [threading.Thread(target=work, args=(account,)) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert (account.balance(), account.row()["n"], account.status()) == (20, 2, "seen")
