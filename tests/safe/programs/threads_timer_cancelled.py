"""A timer that is cancelled in time does not fire."""

import threading

fired: list[int] = []
timer = threading.Timer(60, fired.append, args=(1,))
timer.start()
timer.cancel()
timer.join()
assert not fired
