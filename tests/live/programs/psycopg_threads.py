# server: postgres
"""Threads write over a blocking pool of psycopg; each reads its own row again."""

import os
import threading

from psycopg_pool import ConnectionPool


def book(pool: ConnectionPool, number: int, booked: list[int]) -> None:
    with pool.connection() as connection:
        row = connection.execute("SELECT %s::int", [number]).fetchone()
        booked.append(row[0])


def main() -> None:
    booked: list[int] = []
    with ConnectionPool(os.environ["POSTGRES_URL"], min_size=1, max_size=2, open=False) as pool:
        threads = [threading.Thread(target=book, args=(pool, number, booked)) for number in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(booked) == [0, 1, 2], booked


if __name__ == "__main__":
    main()
