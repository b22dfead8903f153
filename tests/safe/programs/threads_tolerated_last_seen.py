"""The moment a user was last seen is overwritten by whoever is last; which moment stays does not matter."""

import threading
import time

last_seen = {}


def touch(user):
    before = last_seen.get(user, 0.0)
    now = time.monotonic()
    if now > before:
        last_seen[user] = now


def main():
    threads = [threading.Thread(target=touch, args=("ann",)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert last_seen["ann"] > 0


main()
