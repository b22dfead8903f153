"""Run the service against an embedded broker: python app.py --messages 50"""

from __future__ import annotations

import argparse
import asyncio

from notifications import Broker, Consumer


async def send(body: str) -> None:
    await asyncio.sleep(0.005)


async def main(messages: int, connections: int, workers: int) -> None:
    broker = Broker(f"notification {number}" for number in range(messages))
    async with Consumer(broker, send, connections=connections, workers=workers) as consumer:
        await consumer.drain()
    print(f"processed {consumer.metrics.processed}, acknowledged {consumer.metrics.acknowledged}, failed {consumer.metrics.failed}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=50)
    parser.add_argument("--connections", type=int, default=5)
    parser.add_argument("--workers", type=int, default=8)
    options = parser.parse_args()
    asyncio.run(main(options.messages, options.connections, options.workers))
