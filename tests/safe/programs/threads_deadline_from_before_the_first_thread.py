"""What was noted before the first thread is compared with the clock in a thread: no time to speak of has passed."""

import threading
import time

KEEPALIVE = 30.0
last_sign = time.monotonic()
last_sign_ns = time.monotonic_ns()
last_count = time.perf_counter()
silent: list[float] = []


def watch() -> None:
    silent.append(time.monotonic() - last_sign)
    silent.append((time.monotonic_ns() - last_sign_ns) / 1e9)
    silent.append(time.perf_counter() - last_count)


watchers = [threading.Thread(target=watch) for _ in range(2)]
for watcher in watchers:
    watcher.start()
for watcher in watchers:
    watcher.join()
assert all(abs(seconds) < KEEPALIVE for seconds in silent), silent
