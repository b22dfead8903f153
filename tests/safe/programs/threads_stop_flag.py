"""A flag that is only ever set."""

import threading
import time


class Poller:
    def __init__(self) -> None:
        self.stopping = False
        self.rounds = 0

    def run(self) -> None:
        while not self.stopping:
            self.rounds += 1
            time.sleep(0.05)

    def stop(self) -> None:
        if not self.stopping:
            self.stopping = True


poller = Poller()
thread = threading.Thread(target=poller.run)
thread.start()
stoppers = [threading.Thread(target=poller.stop) for _ in range(2)]
for stopper in stoppers:
    stopper.start()
for stopper in stoppers:
    stopper.join()
thread.join()
