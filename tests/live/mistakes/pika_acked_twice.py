"""Orders from a queue of RabbitMQ are worked on until it is time to stop; then the one in hand is given back, also when it was acknowledged already.

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


def work(channel: BlockingChannel, tag: int, stopping: threading.Event) -> None:
    time.sleep(0.1)
    if CAREFUL and stopping.is_set():
        channel.basic_nack(tag)
        return
    channel.basic_ack(tag)
    if not CAREFUL and stopping.is_set():
        channel.basic_nack(tag)


def worker(url: str, queue: str, stopping: threading.Event) -> None:
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        for _ in range(ORDERS):
            method, _, _ = channel.basic_get(queue)
            if method is not None:
                work(channel, method.delivery_tag, stopping)


def main() -> None:
    url, queue = os.environ["RABBITMQ_URL"], f"orders {os.getpid()}"
    stopping = threading.Event()
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        channel.queue_declare(queue)
        for number in range(ORDERS):
            channel.basic_publish("", queue, b"order %d" % number)
        works = threading.Thread(target=worker, args=(url, queue, stopping))
        works.start()
        time.sleep(0.5)
        stopping.set()
        works.join()
        channel.queue_delete(queue)


main()
