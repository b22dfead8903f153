# expects: LOCK001 audit
"""The audit takes the two locks in the other order."""

import threading


class Ledger:
    def __init__(self) -> None:
        self.entries_lock = threading.Lock()
        self.totals_lock = threading.RLock()
        self.entries: list[int] = []
        self.total = 0

    def enter(self, amount: int) -> None:
        with self.entries_lock:
            self.entries.append(amount)
            with self.totals_lock:
                self.total += amount

    def audit(self) -> bool:
        with self.totals_lock:
            total = self.total
            with self.entries_lock:
                return total == sum(self.entries)


ledger = Ledger()
threads = [threading.Thread(target=ledger.enter, args=(5,)), threading.Thread(target=ledger.audit)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
