# server: none
"""Threads book seats over a pool of one connection and one more; one booking is refused and rolled back, one connection is dropped and comes back by itself."""

import threading

from sqlalchemy import Engine, QueuePool, create_engine, text
from sqlalchemy.orm import Session


def book(engine: Engine, seat: int, booked: list[int]) -> None:
    try:
        with Session(engine) as session, session.begin():
            if session.execute(text("SELECT :seat"), {"seat": seat}).scalar_one() > 2:
                raise LookupError("no such seat")
            booked.append(seat)
    except LookupError:
        pass


def look(engine: Engine) -> int:
    connection = engine.connect()
    return connection.execute(text("SELECT 1")).scalar_one()


def main() -> None:
    booked: list[int] = []
    engine = create_engine(
        "sqlite://", poolclass=QueuePool, pool_size=1, max_overflow=1, connect_args={"check_same_thread": False}
    )
    threads = [threading.Thread(target=book, args=(engine, seat, booked)) for seat in (1, 2, 3)]
    threads.append(threading.Thread(target=look, args=(engine,)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    engine.dispose()
    assert sorted(booked) == [1, 2], booked


if __name__ == "__main__":
    main()
