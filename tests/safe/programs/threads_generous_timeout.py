"""A deadline of half a minute round a tenth of a second."""

import threading
import time

done = threading.Event()


def work() -> None:
    time.sleep(0.1)
    done.set()


threading.Thread(target=work).start()
assert done.wait(timeout=30)
