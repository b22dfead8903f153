"""The second lock is only tried for; who does not get it gives the first one back and starts over."""

import threading
import time

one, two = threading.Lock(), threading.Lock()
done: list[str] = []


def work(first: threading.Lock, second: threading.Lock, name: str) -> None:
    while True:
        with first:
            if second.acquire(blocking=False):
                done.append(name)
                second.release()
                return
        time.sleep(0.01)


threads = [threading.Thread(target=work, args=(one, two, "a")), threading.Thread(target=work, args=(two, one, "b"))]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert sorted(done) == ["a", "b"]
