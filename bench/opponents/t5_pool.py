"""A shelf with room for one parcel: one condition serves both those who bring and those who fetch, and one is told. In a ThreadPoolExecutor."""

import threading
from concurrent.futures import ThreadPoolExecutor


class Shelf:
    def __init__(self) -> None:
        self.parcels: list[int] = []
        self.changed = threading.Condition()

    def bring(self, parcel: int) -> None:
        with self.changed:
            while self.parcels:
                self.changed.wait()
            self.parcels.append(parcel)
            self.changed.notify()

    def fetch(self) -> int:
        with self.changed:
            while not self.parcels:
                self.changed.wait()
            parcel = self.parcels.pop()
            self.changed.notify()
            return parcel


def bring_two(shelf: Shelf) -> None:
    shelf.bring(1)
    shelf.bring(2)


def main() -> None:
    shelf = Shelf()
    with ThreadPoolExecutor(max_workers=3) as pool:
        running = [
            pool.submit(bring_two, shelf),
            pool.submit(shelf.fetch),
            pool.submit(shelf.fetch),
        ]
    for job in running:
        job.result()


if __name__ == "__main__":
    main()
