# expects: USER002 handle
"""The consumer waits for an event under the lock its producer needs."""

import queue
import threading

lock = threading.Lock()
events: queue.Queue[int] = queue.Queue()
handled: list[int] = []


def publish() -> None:
    with lock:
        events.put(1)


def handle() -> None:
    with lock:
        handled.append(events.get())


threads = [threading.Thread(target=publish), threading.Thread(target=handle)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
