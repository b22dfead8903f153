# server: redis
"""Threads count over one blocking client of redis-py; the total is what redis says."""

import os
import threading

import redis

COUNTS = 3


def count(client: redis.Redis, answers: list[int]) -> None:
    answers += [client.incr("counted") for _ in range(COUNTS)]


def main() -> None:
    client = redis.Redis.from_url(os.environ["REDIS_URL"], max_connections=4)
    client.delete("counted")
    answers: list[int] = []
    threads = [threading.Thread(target=count, args=(client, answers)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == list(range(1, 2 * COUNTS + 1)), answers
    client.close()


if __name__ == "__main__":
    main()
