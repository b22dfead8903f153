"""While the program starts, alone, it takes the locks in the other order."""

import threading

index, store = threading.Lock(), threading.Lock()
entries: list[int] = []


def load() -> None:
    with store:
        with index:
            entries.append(0)


def add(number: int) -> None:
    with index:
        with store:
            entries.append(number)


load()
threads = [threading.Thread(target=add, args=(n,)) for n in (1, 2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert sorted(entries) == [0, 1, 2]
