"""A lock used as a signal: one thread takes it, another gives it back."""

import threading

ready = threading.Lock()
box: list[int] = []


def produce() -> None:
    box.append(7)
    ready.release()


ready.acquire()
thread = threading.Thread(target=produce)
thread.start()
ready.acquire()
assert box == [7]
thread.join()
ready.release()
