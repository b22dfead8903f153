"""A status that anybody may set: the last one counts, and nobody looks before."""

import threading


class Worker:
    def __init__(self) -> None:
        self.status = "new"

    def report(self, status: str) -> None:
        self.status = status


worker = Worker()
threads = [threading.Thread(target=worker.report, args=(s,)) for s in ("busy", "idle")]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert worker.status in ("busy", "idle")
