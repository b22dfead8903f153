"""Bookings in a PostgreSQL table, made by two threads over a pool of up to four connections; then the pool is closed."""

import os
import threading

from psycopg_pool import ConnectionPool

BOOKINGS = 2


def book(pool: ConnectionPool, number: int) -> None:
    with pool.connection() as connection:
        row = connection.execute("INSERT INTO booking (number) VALUES (%s) RETURNING number", [number]).fetchone()
        print(f"{number}: booked {row[0]}")


def main() -> None:
    with ConnectionPool(os.environ["POSTGRES_URL"], min_size=1, max_size=4, open=False) as pool:
        with pool.connection() as connection:
            connection.execute("DROP TABLE IF EXISTS booking")
            connection.execute("CREATE TABLE booking (number integer)")
        threads = [threading.Thread(target=book, args=(pool, number)) for number in range(BOOKINGS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


if __name__ == "__main__":
    main()
