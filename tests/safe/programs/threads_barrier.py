"""All write, all wait, all read."""

import threading

barrier = threading.Barrier(3)
wrote: list[int] = []
read: list[int] = []


def work(n: int) -> None:
    wrote.append(n)
    barrier.wait()
    read.append(len(wrote))


threads = [threading.Thread(target=work, args=(n,)) for n in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert read == [3, 3, 3]
