"""What fails goes back into the queue it came from and is tried again, by whoever gets it."""

import queue
import threading


class Job:
    def __init__(self, name):
        self.name = name
        self.tries = 0


def work(jobs, done, lock):
    while True:
        job = jobs.get()
        if job is None:
            return
        job.tries += 1
        if job.tries < 2:
            jobs.put(job)
            continue
        with lock:
            done.append(job.name)
            if len(done) == 3:
                for _ in range(2):
                    jobs.put(None)


def main():
    jobs, done, lock = queue.Queue(), [], threading.Lock()
    for name in "abc":
        jobs.put(Job(name))
    workers = [threading.Thread(target=work, args=(jobs, done, lock)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(done) == ["a", "b", "c"]


main()
