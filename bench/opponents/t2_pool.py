"""Two shelves, each with a lock; goods are moved in both directions at once. In a ThreadPoolExecutor."""

import threading
from concurrent.futures import ThreadPoolExecutor


class Store:
    def __init__(self) -> None:
        self.locks = {"left": threading.Lock(), "right": threading.Lock()}
        self.goods = {"left": 10, "right": 10}

    def move(self, source: str, target: str) -> None:
        with self.locks[source]:
            with self.locks[target]:
                self.goods[source] -= 1
                self.goods[target] += 1


def main() -> None:
    store = Store()
    with ThreadPoolExecutor(max_workers=2) as pool:
        running = [
            pool.submit(store.move, "left", "right"),
            pool.submit(store.move, "right", "left"),
        ]
    for job in running:
        job.result()


if __name__ == "__main__":
    main()
