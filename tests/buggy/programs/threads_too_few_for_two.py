# expects: USER002 take_two
"""Who takes what there is leaves too few for the one who waits for two; no wake-up was missed."""

import threading

changed = threading.Condition()
apples = 0


def put() -> None:
    global apples
    with changed:
        apples += 1
        changed.notify_all()


def take_two() -> None:
    global apples
    with changed:
        changed.wait_for(lambda: apples >= 2)
        apples -= 2


def take_what_is_there() -> None:
    global apples
    with changed:
        apples = 0


threads = [threading.Thread(target=f) for f in (put, put, take_two, take_what_is_there)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
