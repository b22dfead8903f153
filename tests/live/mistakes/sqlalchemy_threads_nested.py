"""Threads store orders, and each asks for a second connection to count them while it still holds the first: with a pool of two nobody gets one any more.

With "careful" as an argument they are counted over the connection that is there.
"""

# server: none
# expects: POOL007 count
# runtime: threads

import sys
import threading

from sqlalchemy import Engine, QueuePool, create_engine, text

CAREFUL = "careful" in sys.argv[1:]


def count(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(text("SELECT 1")).scalar_one()


def store(engine: Engine, number: int) -> None:
    with engine.connect() as connection:
        connection.execute(text("SELECT :number"), {"number": number})
        if CAREFUL:
            connection.execute(text("SELECT 1")).scalar_one()
        else:
            count(engine)


def main() -> None:
    engine = create_engine(
        "sqlite://", poolclass=QueuePool, pool_size=2, max_overflow=0, connect_args={"check_same_thread": False}
    )
    threads = [threading.Thread(target=store, args=(engine, number)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    engine.dispose()


main()
