"""A thread class with its own run and a result."""

import threading


class Sum(threading.Thread):
    def __init__(self, numbers: list[int]) -> None:
        super().__init__()
        self.numbers = numbers
        self.total = 0

    def run(self) -> None:
        for n in self.numbers:
            self.total = self.total + n


sums = [Sum([1, 2, 3]), Sum([4, 5])]
for each in sums:
    each.start()
for each in sums:
    each.join()
assert [each.total for each in sums] == [6, 9]
