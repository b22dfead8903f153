"""Threads move stock between shelves over a pool of one connection.  A shelf that does not exist ends the move, and the connection stays where it is.

With "careful" as an argument it is given back whatever happens.
"""

# server: postgres
# expects: POOL005 move
# runtime: threads

import os
import sys
import threading

from psycopg_pool import ConnectionPool, PoolTimeout

CAREFUL = "careful" in sys.argv[1:]


def move(pool: ConnectionPool, shelf: int) -> None:
    connection = pool.getconn()
    found = connection.execute("SELECT shelf FROM generate_series(1, 2) AS shelf WHERE shelf = %s", [shelf]).fetchone()
    if found is None:
        return
    connection.commit()
    pool.putconn(connection)


def move_carefully(pool: ConnectionPool, shelf: int) -> None:
    with pool.connection() as connection:
        connection.execute("SELECT shelf FROM generate_series(1, 2) AS shelf WHERE shelf = %s", [shelf]).fetchone()


def main() -> None:
    with ConnectionPool(os.environ["POSTGRES_URL"], min_size=1, max_size=1, timeout=10, open=False) as pool:

        def mover(shelf: int) -> None:
            try:
                (move_carefully if CAREFUL else move)(pool, shelf)
            except PoolTimeout:
                pass  # next time

        threads = [threading.Thread(target=mover, args=(shelf,)) for shelf in (1, 2, 3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


main()
