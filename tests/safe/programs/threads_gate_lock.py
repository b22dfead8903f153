"""Two locks are taken in both orders, but always under a third."""

import threading

gate, left, right = threading.Lock(), threading.Lock(), threading.Lock()
log: list[str] = []


def one() -> None:
    with gate, left, right:
        log.append("one")


def other() -> None:
    with gate, right, left:
        log.append("other")


threads = [threading.Thread(target=one), threading.Thread(target=other)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert sorted(log) == ["one", "other"]
