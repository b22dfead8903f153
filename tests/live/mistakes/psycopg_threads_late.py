"""Threads read prices over a pool of one connection, and say what they read last when the connection is back in the pool.

With "careful" as an argument everything is read before that.
"""

# server: postgres
# expects: POOL001 price
# runtime: threads

import os
import sys
import threading

from psycopg_pool import ConnectionPool

CAREFUL = "careful" in sys.argv[1:]


def price(pool: ConnectionPool, number: int) -> tuple[int, str]:
    with pool.connection() as connection:
        amount = connection.execute("SELECT %s::int", [number]).fetchone()[0]
        if CAREFUL:
            return amount, connection.execute("SELECT 'EUR'").fetchone()[0]
    return amount, connection.execute("SELECT 'EUR'").fetchone()[0]


def main() -> None:
    prices: list[tuple[int, str]] = []
    with ConnectionPool(os.environ["POSTGRES_URL"], min_size=1, max_size=1, open=False) as pool:
        threads = [threading.Thread(target=lambda n=n: prices.append(price(pool, n))) for n in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


main()
