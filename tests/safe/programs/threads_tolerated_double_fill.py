"""A cache that two threads may fill: both find the same, and the second fill replaces the first by its equal."""

import threading


class Prices:
    def __init__(self) -> None:
        self.found: dict[str, list[int]] = {}

    def of(self, what: str) -> list[int]:
        if what not in self.found:
            prices = [len(what), len(what) * 2]
            self.found[what] = prices
        return self.found[what]


def main() -> None:
    prices = Prices()
    answers: list[list[int]] = []
    threads = [threading.Thread(target=lambda: answers.append(prices.of("tea"))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [[3, 6]] * 3


main()
