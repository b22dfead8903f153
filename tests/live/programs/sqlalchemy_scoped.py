# server: none
"""Each thread has a session of its own in a registry, over a pool of one connection; who does not get it in time goes without."""

import threading
import time

from sqlalchemy import QueuePool, create_engine, exc, text
from sqlalchemy.orm import scoped_session, sessionmaker

ENGINE = create_engine(
    "sqlite://", poolclass=QueuePool, pool_size=1, max_overflow=0, pool_timeout=0.6, connect_args={"check_same_thread": False}
)
SESSIONS = scoped_session(sessionmaker(ENGINE))


def report() -> None:
    try:
        SESSIONS.execute(text("SELECT 1"))
        time.sleep(0.5)
        SESSIONS.commit()
    except exc.TimeoutError:
        SESSIONS.rollback()  # another time
    finally:
        SESSIONS.remove()


def main() -> None:
    threads = [threading.Thread(target=report) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ENGINE.dispose()


if __name__ == "__main__":
    main()
