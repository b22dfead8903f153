"""A daemon that ticks for ever does not keep the program."""

import threading
import time

ticks = 0


def tick() -> None:
    global ticks
    while True:
        time.sleep(0.1)
        ticks += 1


threading.Thread(target=tick, daemon=True).start()
time.sleep(1)
