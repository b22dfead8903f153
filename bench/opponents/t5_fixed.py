"""A shelf with room for one parcel: one condition serves both those who bring and those who fetch, and all are told."""

import threading


class Shelf:
    def __init__(self) -> None:
        self.parcels: list[int] = []
        self.changed = threading.Condition()

    def bring(self, parcel: int) -> None:
        with self.changed:
            while self.parcels:
                self.changed.wait()
            self.parcels.append(parcel)
            self.changed.notify_all()

    def fetch(self) -> int:
        with self.changed:
            while not self.parcels:
                self.changed.wait()
            parcel = self.parcels.pop()
            self.changed.notify_all()
            return parcel


def bring_two(shelf: Shelf) -> None:
    shelf.bring(1)
    shelf.bring(2)


def main() -> None:
    shelf = Shelf()
    threads = [
        threading.Thread(target=bring_two, args=(shelf,)),
        threading.Thread(target=shelf.fetch),
        threading.Thread(target=shelf.fetch),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
