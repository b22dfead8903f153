# expects: TASK007 Shelf.take
"""Two pickers of an executor look at a shelf and take; the one who finds it empty fails, and nobody asks the executor how it went."""

from concurrent.futures import ThreadPoolExecutor


class Shelf:
    def __init__(self, parcels: list[str]) -> None:
        self.parcels = parcels

    def take(self) -> str | None:
        if self.parcels:
            return self.parcels.pop()
        return None


def main() -> None:
    shelf = Shelf(["parcel"])
    with ThreadPoolExecutor(max_workers=2) as pickers:
        for _ in range(2):
            pickers.submit(shelf.take)


main()
