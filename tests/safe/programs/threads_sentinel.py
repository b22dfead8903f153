"""Producer and consumers; a sentinel for each of them ends it."""

import queue
import threading

END = object()
work: queue.Queue[object] = queue.Queue(maxsize=2)
seen: list[object] = []


def produce() -> None:
    for n in range(4):
        work.put(n)
    work.put(END)
    work.put(END)


def consume() -> None:
    while (item := work.get()) is not END:
        seen.append(item)


threads = [threading.Thread(target=f) for f in (produce, consume, consume)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert sorted(map(str, seen)) == ["0", "1", "2", "3"]
