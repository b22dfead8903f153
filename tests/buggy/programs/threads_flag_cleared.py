# expects: USER003 main
"""The main thread polls for a flag that the other one may have put down again."""

import threading
import time


class Job:
    def __init__(self) -> None:
        self.running = False
        self.started = False

    def run(self) -> None:
        self.running = True
        self.started = True
        self.running = False


def main() -> None:
    job = Job()
    threading.Thread(target=job.run).start()
    while not job.started or job.running:
        time.sleep(0.05)
    stopper = threading.Thread(target=stop, args=(job,))
    starter = threading.Thread(target=start, args=(job,))
    stopper.start()
    starter.start()
    while not job.running:
        time.sleep(0.05)


def start(job: Job) -> None:
    job.running = True


def stop(job: Job) -> None:
    if job.started:
        job.running = False


main()
