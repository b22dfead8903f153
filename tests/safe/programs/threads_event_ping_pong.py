"""Two threads that take turns by events."""

import threading

ping, pong = threading.Event(), threading.Event()
log: list[str] = []


def one() -> None:
    for _ in range(3):
        ping.wait()
        ping.clear()
        log.append("one")
        pong.set()


def two() -> None:
    for _ in range(3):
        pong.wait()
        pong.clear()
        log.append("two")
        ping.set()


threads = [threading.Thread(target=one), threading.Thread(target=two)]
for thread in threads:
    thread.start()
ping.set()
for thread in threads:
    thread.join()
assert log == ["one", "two"] * 3
