"""Threads publish over a pool of one connection to redis.  What is too long is not published, and its connection is not given back.

With "careful" as an argument it is given back whatever happens.
"""

# server: redis
# expects: POOL005 publish
# runtime: threads

import os
import sys
import threading

from kombu import Connection
from kombu.connection import ConnectionPool

CAREFUL = "careful" in sys.argv[1:]


def publish(pool: ConnectionPool, text: str) -> None:
    connection = pool.acquire(block=True, timeout=10)
    if len(text) > 10:
        raise ValueError("too long")
    with connection.SimpleQueue("texts") as queue:
        queue.put(text)
    connection.release()


def publish_carefully(pool: ConnectionPool, text: str) -> None:
    with pool.acquire(block=True, timeout=10) as connection:
        if len(text) > 10:
            raise ValueError("too long")
        with connection.SimpleQueue("texts") as queue:
            queue.put(text)


def main() -> None:
    pool = Connection(os.environ["REDIS_URL"]).Pool(1)

    def author(text: str) -> None:
        try:
            (publish_carefully if CAREFUL else publish)(pool, text)
        except ValueError:
            pass  # it stays in the drawer

    authors = [threading.Thread(target=author, args=(text,)) for text in ("a note", "a very long novel", "a poem")]
    for each in authors:
        each.start()
    for each in authors:
        each.join()
    pool.force_close_all()


main()
