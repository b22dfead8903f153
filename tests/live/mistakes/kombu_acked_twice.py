"""Two clerks, each a thread with a connection of its own, take letters from a queue over redis.  What comes late is put back, also when it was acknowledged already.

With "careful" as an argument a letter is either acknowledged or put back.
"""

# server: redis
# expects: ACK003 clerk.<locals>.handle
# runtime: threads

import os
import sys
import threading
import time

from kombu import Connection, Queue
from kombu.message import Message

CAREFUL = "careful" in sys.argv[1:]
LETTERS = 2


def clerk(url: str, done: list[str]) -> None:
    with Connection(url) as connection:

        def handle(letter: str, message: Message) -> None:
            begun = time.monotonic()
            time.sleep(0.1)
            if CAREFUL:
                if time.monotonic() - begun > 0.5:
                    message.reject()
                else:
                    message.ack()
            else:
                message.ack()
                if time.monotonic() - begun > 0.5:
                    message.reject()
            done.append(letter)

        with connection.Consumer(Queue("letters"), callbacks=[handle], prefetch_count=1):
            try:
                while len(done) < LETTERS:
                    connection.drain_events(timeout=2)
            except TimeoutError:
                pass


def main() -> None:
    url = os.environ["REDIS_URL"]
    with Connection(url) as connection:
        queue = connection.SimpleQueue("letters")
        queue.clear()
        for number in range(LETTERS):
            queue.put(f"letter {number}")
        queue.close()
    done: list[str] = []
    clerks = [threading.Thread(target=clerk, args=(url, done)) for _ in range(2)]
    for each in clerks:
        each.start()
    for each in clerks:
        each.join()


main()
