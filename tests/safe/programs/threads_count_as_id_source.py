"""itertools.count gives every number once."""

import itertools
import threading

numbers = itertools.count(1)
taken: list[int] = []


def take() -> None:
    for _ in range(2):
        number = next(numbers)
        taken.append(number)


threads = [threading.Thread(target=take) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert sorted(taken) == [1, 2, 3, 4, 5, 6]
