"""The main thread waits until every item was done."""

import queue
import threading

todo: queue.Queue[int] = queue.Queue()
done: list[int] = []


def work() -> None:
    while True:
        item = todo.get()
        done.append(item)
        todo.task_done()


for _ in range(2):
    threading.Thread(target=work, daemon=True).start()
for n in range(4):
    todo.put(n)
todo.join()
assert sorted(done) == [0, 1, 2, 3]
