# server: none
"""Threads share a pool of one connection; who does not get it in time goes without, while another has it still."""

import threading
import time

from sqlalchemy import Engine, QueuePool, create_engine, exc, text


def report(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        time.sleep(0.5)


def look(engine: Engine) -> None:
    connection = engine.connect()
    try:
        connection.execute(text("SELECT 1"))
    finally:
        connection.close()


def main() -> None:
    engine = create_engine(
        "sqlite://",
        poolclass=QueuePool,
        pool_size=1,
        max_overflow=0,
        pool_timeout=0.6,
        connect_args={"check_same_thread": False},
    )

    def patient(task: object) -> None:
        try:
            task(engine)
        except exc.TimeoutError:
            pass  # another time

    threads = [threading.Thread(target=patient, args=(task,)) for task in (report, look, report)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    engine.dispose()


if __name__ == "__main__":
    main()
