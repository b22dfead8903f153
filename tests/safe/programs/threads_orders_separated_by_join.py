"""The second thread, which takes the locks in the other order, starts when the first has ended."""

import threading

one, two = threading.Lock(), threading.Lock()


def forth() -> None:
    with one, two:
        pass


def back() -> None:
    with two, one:
        pass


for work in (forth, back):
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
