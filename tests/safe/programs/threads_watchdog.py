"""A heartbeat every second, a watchdog of ten."""

import threading
import time

beaten = threading.Event()
stop = threading.Event()
missed: list[int] = []


def heart() -> None:
    for _ in range(4):
        time.sleep(1)
        beaten.set()
    stop.set()
    beaten.set()


def watch() -> None:
    while not stop.is_set():
        if not beaten.wait(timeout=10):
            missed.append(1)
        beaten.clear()


threads = [threading.Thread(target=heart), threading.Thread(target=watch)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert not missed
