"""A queue of jobs in a table over psycopg_pool, in threads: workers take with SKIP LOCKED inside a transaction and a deadline; the pool checks, resizes and gives a status."""

# server: postgres
# package: psycopg-pool

import os
import threading

from psycopg_pool import ConnectionPool, PoolTimeout

JOBS = 3


def work(pool: ConnectionPool, done: list[int]) -> None:
    for _ in range(JOBS):
        try:
            with pool.connection(timeout=2) as connection, connection.transaction():
                cursor = connection.execute(
                    "SELECT number FROM job WHERE NOT done ORDER BY number FOR UPDATE SKIP LOCKED LIMIT 1"
                )
                row = cursor.fetchone()
                if row is None:
                    return
                connection.execute("UPDATE job SET done = true WHERE number = %s", [row[0]])
            done.append(row[0])
        except PoolTimeout:
            continue


def main() -> None:
    url = os.environ["POSTGRES_URL"]
    with ConnectionPool(url, min_size=1, max_size=2, open=False, check=ConnectionPool.check_connection, max_idle=5) as pool:
        with pool.connection() as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS job (number integer, done boolean)")
            connection.execute("TRUNCATE job")
            connection.cursor().executemany("INSERT INTO job VALUES (%s, false)", [(number,) for number in range(JOBS)])
        done: list[int] = []
        threads = [threading.Thread(target=work, args=(pool, done)) for _ in range(3)]
        for thread in threads:
            thread.start()
        pool.resize(2, 3)
        for thread in threads:
            thread.join()
        assert len(done) == len(set(done)), done
        assert pool.get_stats()["pool_size"] >= 1


main()
