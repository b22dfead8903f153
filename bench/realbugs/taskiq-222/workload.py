"""Letters printed by taskiq tasks over RabbitMQ, with the worker in the same process; the office waits for each."""

import asyncio
import logging
import os

from taskiq.api import run_receiver_task
from taskiq.brokers.inmemory_broker import InmemoryResultBackend
from taskiq_aio_pika import AioPikaBroker

LETTERS = 3

logging.basicConfig(level=logging.ERROR)  # stopping the worker is told as a warning

broker = AioPikaBroker(os.environ["RABBITMQ_URL"]).with_result_backend(InmemoryResultBackend())


@broker.task
async def print_letter(number: int) -> str:
    await asyncio.sleep(0.02)
    return f"letter {number} printed"


async def main() -> None:
    broker.is_worker_process = True
    await broker.startup()
    worker = asyncio.create_task(run_receiver_task(broker))
    letters = [await print_letter.kiq(number) for number in range(LETTERS)]
    for letter in letters:
        result = await letter.wait_result(check_interval=0.02)
        print(result.return_value)
    worker.cancel()
    await asyncio.gather(worker, return_exceptions=True)
    await broker.shutdown()


if __name__ == "__main__":
    asyncio.run(main())
