"""Threads take numbers from redis over a pool of one connection.  When the key holds no number, the connection on which redis said so is left behind.

With "careful" as an argument it is given back whatever happens.
"""

# server: redis
# expects: POOL005 take
# runtime: threads

import os
import sys
import threading

import redis

CAREFUL = "careful" in sys.argv[1:]


def take(pool: redis.BlockingConnectionPool, key: str) -> int:
    connection = pool.get_connection()
    connection.send_command("INCR", key)
    number = int(connection.read_response())
    pool.release(connection)
    return number


def take_carefully(pool: redis.BlockingConnectionPool, key: str) -> int:
    connection = pool.get_connection()
    try:
        connection.send_command("INCR", key)
        return int(connection.read_response())
    finally:
        pool.release(connection)


def main() -> None:
    url = os.environ["REDIS_URL"]
    with redis.Redis.from_url(url) as client:
        client.delete("number")
        client.set("word", "none")
    pool = redis.BlockingConnectionPool.from_url(url, max_connections=1, timeout=5)

    def client_of(number: int) -> None:
        for key in ("number", "word") if number else ("number", "number"):
            try:
                (take_carefully if CAREFUL else take)(pool, key)
            except redis.ResponseError:
                pass  # this one gets no number

    threads = [threading.Thread(target=client_of, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pool.disconnect()


main()
