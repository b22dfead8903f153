"""Two threads use a pool, which is then closed: with "again" as argument a connection that comes later is closed too."""

import sys
import threading
import time

from psycopg_pool import ConnectionPool


def use(pool):
    connection = pool.getconn()
    time.sleep(0.001)
    pool.putconn(connection)


def main():
    pool = ConnectionPool(looks_again="again" in sys.argv)
    threads = [threading.Thread(target=use, args=(pool,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pool.close()


main()
