"""Own deadline by the clock among threads; exit status says so."""

import sys
import threading
import time

done = threading.Event()


def job():
    for _ in range(3):
        time.sleep(0.01)
    done.set()


threading.Thread(target=job).start()
t0 = time.monotonic()
while not done.is_set():
    if time.monotonic() - t0 > 0.5:
        print("too slow")
        sys.exit(3)
    time.sleep(0.02)
