"""Orders in a queue over Redis and two clerks, each a thread with a connection of its own.

A clerk who is handed an order of the other's district puts it back.  Clerks go home when nothing comes any more or their shift is over, and what one has not
finished goes back by itself; in the end it is counted what was delivered and what is still there.
"""

import contextlib
import os
import threading
import time

from kombu import Connection, Queue

ORDERS = 4
DISTRICTS = 2
SHIFT = 30
WAY = 0.02
"""Seconds an order takes on its way."""


def clerk(url: str, district: int, delivered: set[int]) -> None:
    queue = Queue("orders")
    with Connection(url) as connection:

        def handle(order: int, message) -> None:
            if order % DISTRICTS == district:
                time.sleep(WAY)
                delivered.add(order)
                message.ack()
            else:
                message.requeue()

        with connection.Consumer(queue, callbacks=[handle], prefetch_count=1):
            for _ in range(SHIFT):
                if len(delivered) == ORDERS:
                    break
                try:
                    connection.drain_events(timeout=5)
                except TimeoutError:
                    break


def main() -> None:
    url = os.environ["REDIS_URL"]
    delivered: set[int] = set()
    with Connection(url) as connection:
        queue = connection.SimpleQueue("orders")
        queue.clear()
        for order in range(ORDERS):
            queue.put(order)
        queue.close()
    clerks = [threading.Thread(target=clerk, args=(url, district, delivered)) for district in range(DISTRICTS)]
    for each in clerks:
        each.start()
    for each in clerks:
        each.join()
    with Connection(url) as connection:
        queue = connection.SimpleQueue("orders")
        left = 0
        with contextlib.suppress(queue.Empty):
            while True:
                queue.get_nowait().ack()
                left += 1
        queue.close()
    print(f"{len(delivered) + left} of {ORDERS} orders")


if __name__ == "__main__":
    main()
