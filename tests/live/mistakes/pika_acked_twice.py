"""Orders from a queue of RabbitMQ are worked on, each acknowledged when it is done; what took too long is given back, also when it was acknowledged already.

With "careful" as an argument an order is either acknowledged or given back.
"""

# server: rabbitmq
# expects: ACK003 work
# runtime: threads

import os
import sys
import threading
import time

import pika
from pika.adapters.blocking_connection import BlockingChannel

CAREFUL = "careful" in sys.argv[1:]
ORDERS = 2


def work(channel: BlockingChannel, tag: int, store: threading.Lock) -> None:
    begun = time.monotonic()
    with store:
        time.sleep(0.1)
    late = time.monotonic() - begun > 0.5
    if CAREFUL and late:
        channel.basic_nack(tag, requeue=False)
        return
    channel.basic_ack(tag)
    if late:
        channel.basic_nack(tag, requeue=False)


def worker(url: str, queue: str, store: threading.Lock) -> None:
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        for _ in range(ORDERS):
            method, _, _ = channel.basic_get(queue)
            if method is not None:
                work(channel, method.delivery_tag, store)


def main() -> None:
    url, queue = os.environ["RABBITMQ_URL"], f"orders {os.getpid()}"
    store = threading.Lock()
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        channel.queue_declare(queue)
        for number in range(ORDERS):
            channel.basic_publish("", queue, b"order %d" % number)
        workers = [threading.Thread(target=worker, args=(url, queue, store)) for _ in range(2)]
        for each in workers:
            each.start()
        for each in workers:
            each.join()
        channel.queue_delete(queue)


main()
