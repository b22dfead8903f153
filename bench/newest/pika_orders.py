"""Orders over pika: a consumer hands each to a thread that works on it, which has the consumer's thread acknowledge it; a publisher with confirms has a connection of its own."""

# server: rabbitmq
# package: pika

import functools
import os
import threading

import pika
from pika.adapters.blocking_connection import BlockingChannel, BlockingConnection

ORDERS = 3


def work(connection: BlockingConnection, channel: BlockingChannel, tag: int, done: list[int]) -> None:
    def settle() -> None:
        if channel.is_open:
            channel.basic_ack(tag)
        done.append(tag)
        if len(done) == ORDERS:
            channel.stop_consuming()

    connection.add_callback_threadsafe(settle)


def consume(url: str, queue: str) -> None:
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        channel.basic_qos(prefetch_count=2)
        done: list[int] = []
        threads: list[threading.Thread] = []

        def on_order(channel: BlockingChannel, method: object, properties: object, body: bytes) -> None:
            thread = threading.Thread(target=work, args=(connection, channel, method.delivery_tag, done))
            thread.start()
            threads.append(thread)

        channel.basic_consume(queue, on_order)
        connection.call_later(20, functools.partial(channel.stop_consuming))
        channel.start_consuming()
        for thread in threads:
            thread.join()


def publish(url: str, queue: str) -> None:
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        for order in range(ORDERS):
            channel.basic_publish("", queue, b"order %d" % order, mandatory=True)


def main() -> None:
    url, queue = os.environ["RABBITMQ_URL"], f"orders {os.getpid()}"
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        channel.queue_declare(queue, auto_delete=False)
        threads = [threading.Thread(target=part, args=(url, queue)) for part in (consume, publish)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        channel.queue_delete(queue)


main()
