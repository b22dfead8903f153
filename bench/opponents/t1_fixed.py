"""A till: its total is read, under a lock."""

import threading


class Till:
    def __init__(self) -> None:
        self.total = 0
        self.guard = threading.Lock()

    def take_in(self, amount: int) -> None:
        with self.guard:
            before = self.total
            self.total = before + amount


def main() -> None:
    till = Till()
    threads = [
        threading.Thread(target=till.take_in, args=(50,)),
        threading.Thread(target=till.take_in, args=(50,)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
