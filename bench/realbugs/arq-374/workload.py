"""Orders handled as arq jobs by a worker in the same process; the shop waits for each result."""

import asyncio
import os

from arq import create_pool
from arq.connections import RedisSettings
from arq.worker import Worker

ORDERS = 3


async def handle(ctx: dict, order: int) -> str:
    await asyncio.sleep(0.02)
    return f"order {order} handled"


async def main() -> None:
    settings = RedisSettings(host=os.environ["REDIS_HOST"], port=int(os.environ["REDIS_PORT"]))
    shop = await create_pool(settings)
    await shop.flushdb()
    jobs = [await shop.enqueue_job("handle", order) for order in range(ORDERS)]
    worker = Worker(functions=[handle], redis_settings=settings, burst=True, poll_delay=0.02, handle_signals=False)
    _, *results = await asyncio.gather(worker.async_run(), *(job.result(poll_delay=0.15) for job in jobs))
    for result in results:
        print(result)
    await worker.close()
    await shop.close()


if __name__ == "__main__":
    asyncio.run(main())
