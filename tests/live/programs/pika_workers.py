# server: rabbitmq
"""Two workers, each a thread with a connection of its own, take orders from a queue of RabbitMQ, and acknowledge or give back each."""

import os
import threading

import pika

ORDERS = 3


def worker(url: str, queue: str, done: list[bytes]) -> None:
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        channel.basic_qos(prefetch_count=1)
        for method, _, body in channel.consume(queue, inactivity_timeout=5):
            if method is None:
                break
            if body == b"order 1" and not method.redelivered:
                channel.basic_nack(method.delivery_tag)
                continue
            done.append(body)
            channel.basic_ack(method.delivery_tag)
            if len(done) == ORDERS:
                break
        channel.cancel()


def main() -> None:
    url, queue = os.environ["RABBITMQ_URL"], f"orders {os.getpid()}"
    done: list[bytes] = []
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        channel.queue_declare(queue)
        for number in range(ORDERS):
            channel.basic_publish("", queue, b"order %d" % number)
        workers = [threading.Thread(target=worker, args=(url, queue, done)) for _ in range(2)]
        for each in workers:
            each.start()
        for each in workers:
            each.join()
        channel.queue_delete(queue)


if __name__ == "__main__":
    main()
