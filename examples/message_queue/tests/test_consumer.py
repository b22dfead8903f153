import asyncio

import pytest
from notifications import Broker, Consumer


async def test_consumes():
    handled = []

    async def handler(body):
        await asyncio.sleep(0.005)
        handled.append(body)

    sent = [f"notification {number}" for number in range(24)]
    async with Consumer(Broker(sent), handler, connections=3, workers=4) as consumer:
        await consumer.drain()
    assert sorted(handled) == sorted(sent)
    assert consumer.metrics.processed == 24
    assert consumer.metrics.failed == 0


async def test_a_rejected_message_does_not_stop_the_others():
    async def handler(body):
        await asyncio.sleep(0.002)
        if body == "bad":
            raise ValueError("no recipient")

    async with Consumer(Broker(["good", "bad", "good", "good"]), handler, connections=3, workers=2) as consumer:
        await consumer.drain()
    assert consumer.metrics.processed == 3
    assert consumer.metrics.failed == 1


@pytest.mark.parametrize("connections", [1, 5])
async def test_any_number_of_connections_empties_the_queue(connections):
    async def handler(body):
        await asyncio.sleep(0.001)

    broker = Broker(str(number) for number in range(10))
    async with Consumer(broker, handler, connections=connections, workers=5) as consumer:
        await consumer.drain()
    assert not broker.ready
    assert consumer.pool.idle == connections
