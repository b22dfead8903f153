"""A counter in a closure, under a lock."""

import threading


def main() -> None:
    count = 0
    lock = threading.Lock()

    def add() -> None:
        nonlocal count
        for _ in range(3):
            with lock:
                now = count
                count = now + 1

    threads = [threading.Thread(target=add) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count == 9, count


main()
