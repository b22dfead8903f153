"""Two shelves, each with a lock, always taken in one order."""

import threading


class Store:
    def __init__(self) -> None:
        self.locks = {"left": threading.Lock(), "right": threading.Lock()}
        self.goods = {"left": 10, "right": 10}

    def move(self, source: str, target: str) -> None:
        first, second = sorted((source, target))
        with self.locks[first]:
            with self.locks[second]:
                self.goods[source] -= 1
                self.goods[target] += 1


def main() -> None:
    store = Store()
    threads = [
        threading.Thread(target=store.move, args=("left", "right")),
        threading.Thread(target=store.move, args=("right", "left")),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
