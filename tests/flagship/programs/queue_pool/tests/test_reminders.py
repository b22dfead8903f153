import asyncio

from reminders import Store, connect, disconnect, remind


async def test_sends_what_is_due():
    sent = set()

    async def send(reminder):
        await asyncio.sleep(0.005)
        sent.add(reminder)

    due = {f"call {number}" for number in range(20)}
    connections = connect(Store(sorted(due)), 4)
    totals = await remind(connections, send, workers=5)
    await disconnect(connections)
    assert sent == due
    assert totals.sent == 20


async def test_what_bounces_is_counted():
    async def send(reminder):
        await asyncio.sleep(0.001)
        if reminder == "nobody":
            raise ConnectionRefusedError

    connections = connect(Store(["ann", "nobody", "bob", "eve"]), 3)
    totals = await remind(connections, send, workers=3)
    await disconnect(connections)
    assert (totals.sent, totals.bounced) == (3, 1)
