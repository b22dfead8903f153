import time

from notifications.batch import BatchConsumer, SharedBroker


def test_the_batch_is_sent():
    handled = []

    def handler(body):
        time.sleep(0.005)
        handled.append(body)

    sent = [f"notification {number}" for number in range(8)]
    with BatchConsumer(SharedBroker(sent), handler, links=2, threads=3) as consumer:
        consumer.drain()
    assert sorted(handled) == sorted(sent)
    assert consumer.metrics.processed == 8
    assert consumer.metrics.failed == 0


def test_a_rejected_message_does_not_stop_the_batch():
    def handler(body):
        time.sleep(0.002)
        if body == "bad":
            raise ValueError("no recipient")

    with BatchConsumer(SharedBroker(["good", "bad", "good", "good"]), handler, links=3, threads=2) as consumer:
        consumer.drain()
    assert consumer.metrics.processed == 3
    assert consumer.metrics.failed == 1
