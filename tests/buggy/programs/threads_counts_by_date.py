# expects: ATOM001 Quota.use
"""Requests are counted by day and by customer, under keys that are dates and UUIDs."""

import datetime
import threading
import uuid

CUSTOMER = uuid.UUID(int=7)


class Quota:
    def __init__(self) -> None:
        self.used: dict[tuple[datetime.date, uuid.UUID], int] = {}

    def use(self, customer: uuid.UUID) -> None:
        today = datetime.date.today()
        used = self.used.get((today, customer), 0)
        self.used[today, customer] = used + 1


def main() -> None:
    quota = Quota()
    threads = [threading.Thread(target=quota.use, args=(CUSTOMER,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(quota.used)


main()
