"""get with a timeout, again and again, until the producer is ready."""

import queue
import threading
import time

found: queue.Queue[str] = queue.Queue()


def search() -> None:
    time.sleep(0.5)
    found.put("needle")


thread = threading.Thread(target=search)
thread.start()
answer = ""
while not answer:
    try:
        answer = found.get(timeout=0.1)
    except queue.Empty:
        continue
assert answer == "needle"
thread.join()
