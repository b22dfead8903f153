"""A till: its total is read, added to and written back, without a lock."""

import threading


class Till:
    def __init__(self) -> None:
        self.total = 0
        self.guard = threading.Lock()

    def take_in(self, amount: int) -> None:
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
