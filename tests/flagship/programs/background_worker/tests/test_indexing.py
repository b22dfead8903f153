import asyncio

from indexing import Broker, Indexer


async def test_indexes_what_changes():
    index = {}

    async def add(document):
        await asyncio.sleep(0.003)
        index[document] = len(document)

    broker = Broker()
    indexer = Indexer(broker, add)
    indexer.start()
    for number in range(15):
        await broker.publish(f"document {number}")
        await asyncio.sleep(0.001)
    await indexer.stop()
    assert len(index) == 15
    assert indexer.indexed == 15


async def test_skips_what_cannot_be_decoded():
    async def add(document):
        await asyncio.sleep(0.002)
        document.encode("ascii")

    broker = Broker()
    indexer = Indexer(broker, add, connections=4, workers=2)
    indexer.start()
    for document in ("plain", "caf\u00e9", "text"):
        await broker.publish(document)
    await indexer.stop()
    assert (indexer.indexed, indexer.skipped) == (2, 1)
