"""Who does not get the lock does without."""

import threading

lock = threading.Lock()
done: list[str] = []


def tidy() -> None:
    if lock.acquire(blocking=False):
        try:
            done.append("tidied")
        finally:
            lock.release()


threads = [threading.Thread(target=tidy) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert done
