"""When the service is told to stop, what is still in the queue stays there for the next start."""

import queue
import threading


def work(jobs, stopping, done):
    while not stopping.is_set():
        try:
            job = jobs.get(timeout=0.1)
        except queue.Empty:
            continue
        done.append(job)


def main():
    jobs, stopping, done = queue.Queue(), threading.Event(), []
    workers = [threading.Thread(target=work, args=(jobs, stopping, done)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for job in range(6):
        jobs.put(job)
    stopping.set()
    for worker in workers:
        worker.join()
    left = [jobs.get_nowait() for _ in range(jobs.qsize())]
    assert sorted(done + left) == list(range(6))


main()
