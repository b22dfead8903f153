"""A till: its total is read, added to and written back, without a lock. In a ThreadPoolExecutor."""

import threading
from concurrent.futures import ThreadPoolExecutor


class Till:
    def __init__(self) -> None:
        self.total = 0
        self.guard = threading.Lock()

    def take_in(self, amount: int) -> None:
        before = self.total
        self.total = before + amount


def main() -> None:
    till = Till()
    with ThreadPoolExecutor(max_workers=2) as pool:
        running = [
            pool.submit(till.take_in, 50),
            pool.submit(till.take_in, 50),
        ]
    for job in running:
        job.result()


if __name__ == "__main__":
    main()
