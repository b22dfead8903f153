"""Orders over kombu and redis: a producer of a pool publishes to a topic exchange with retries, workers in threads, each with a connection of its own, take from two queues, requeue, reject and acknowledge."""

# server: redis
# package: kombu

import os
import threading

from kombu import Connection, Exchange, Queue
from kombu.message import Message
from kombu.mixins import ConsumerMixin
from kombu.pools import producers

EXCHANGE = Exchange("orders", type="topic", durable=False)
QUEUES = [Queue("local", EXCHANGE, routing_key="order.local"), Queue("abroad", EXCHANGE, routing_key="order.abroad")]
ORDERS = 3
ROUNDS = 12


class Worker(ConsumerMixin):
    def __init__(self, connection: Connection, done: list[int]) -> None:
        self.connection = connection
        self.done = done
        self.rounds = 0

    def get_consumers(self, consumer: type, channel: object) -> list[object]:
        return [consumer(QUEUES, callbacks=[self.handle], prefetch_count=1)]

    def handle(self, order: int, message: Message) -> None:
        if order == 1 and not message.headers.get("redelivered"):
            message.requeue()
        elif order == 2:
            message.reject()
        else:
            message.ack()
        if order != 1 or message.headers.get("redelivered"):
            self.done.append(order)

    def on_iteration(self) -> None:
        self.rounds += 1
        if len(self.done) >= ORDERS or self.rounds > ROUNDS:
            self.should_stop = True


def work(url: str, done: list[int]) -> None:
    with Connection(url) as connection:
        Worker(connection, done).run()


def publish(url: str) -> None:
    with producers[Connection(url)].acquire(block=True) as producer:
        for order in range(ORDERS):
            where = "abroad" if order % 2 else "local"
            producer.publish(order, exchange=EXCHANGE, routing_key=f"order.{where}", declare=QUEUES, retry=True)


def main() -> None:
    url = os.environ["REDIS_URL"]
    done: list[int] = []
    with Connection(url) as connection:
        for queue in QUEUES:
            bound = queue.bind(connection.default_channel)
            bound.declare()
            bound.purge()
    threads = [threading.Thread(target=publish, args=(url,)), *(threading.Thread(target=work, args=(url, done)) for _ in range(2))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


main()
