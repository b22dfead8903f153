# expects: WAKE003 fetch
"""The flag is looked at outside of the condition: the notification may come between the look and the wait."""

import threading

ready = threading.Condition()
parcels: list[str] = []


def bring() -> None:
    parcels.append("parcel")
    with ready:
        ready.notify()


def fetch() -> None:
    if not parcels:
        with ready:
            ready.wait()
    parcels.pop()


threads = [threading.Thread(target=bring), threading.Thread(target=fetch)]
for thread in reversed(threads):
    thread.start()
for thread in threads:
    thread.join()
