# server: postgres
"""Threads share a pool of one connection; who does not get it in time goes without, while another has it still."""

import os
import threading
import time

from psycopg_pool import ConnectionPool, PoolTimeout


def report(pool: ConnectionPool) -> None:
    connection = pool.getconn()
    try:
        connection.execute("SELECT 1").fetchone()
        time.sleep(0.5)
    finally:
        pool.putconn(connection)


def main() -> None:
    with ConnectionPool(os.environ["POSTGRES_URL"], min_size=1, max_size=1, timeout=0.7, open=False) as pool:

        def patient() -> None:
            try:
                report(pool)
            except PoolTimeout:
                pass  # another time

        threads = [threading.Thread(target=patient) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


if __name__ == "__main__":
    main()
