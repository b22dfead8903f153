# server: redis
"""Two workers, each a thread with a connection of a pool, take jobs from a queue over redis; a job that comes for the first time to the wrong one is put back."""

import os
import threading

from kombu import Connection, Queue
from kombu.connection import ConnectionPool
from kombu.message import Message

JOBS = 3
ROUNDS = 12


def worker(pool: ConnectionPool, mine: int, done: list[int]) -> None:
    with pool.acquire(block=True) as connection:

        def handle(job: int, message: Message) -> None:
            if job % 2 != mine and not message.headers.get("redelivered"):
                message.requeue()
            else:
                done.append(job)
                message.ack()

        with connection.Consumer(Queue("jobs"), callbacks=[handle], prefetch_count=1):
            for _ in range(ROUNDS):
                if len(done) == JOBS:
                    break
                try:
                    connection.drain_events(timeout=2)
                except TimeoutError:
                    break


def main() -> None:
    url = os.environ["REDIS_URL"]
    with Connection(url) as connection, connection.SimpleQueue("jobs") as queue:
        queue.clear()
        for job in range(JOBS):
            queue.put(job)
    done: list[int] = []
    pool = Connection(url).Pool(2)
    workers = [threading.Thread(target=worker, args=(pool, mine, done)) for mine in range(2)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    pool.force_close_all()


if __name__ == "__main__":
    main()
