"""At most two at a time."""

import threading

slots = threading.BoundedSemaphore(2)
lock = threading.Lock()
inside = most = 0


def work() -> None:
    global inside, most
    with slots:
        with lock:
            inside += 1
            most = max(most, inside)
        with lock:
            inside -= 1


threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert most <= 2 and inside == 0
