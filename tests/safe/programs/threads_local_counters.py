"""Every thread counts for itself; the sum is made at the end."""

import threading

local = threading.local()
lock = threading.Lock()
total = 0


def count() -> None:
    global total
    local.count = 0
    for _ in range(3):
        local.count = local.count + 1
    with lock:
        total = total + local.count


threads = [threading.Thread(target=count) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert total == 9
