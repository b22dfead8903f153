"""Letters handled by a worker: settled_first.py ORDER ACK_TIME."""

import asyncio
import sys

from aio_pika.message import IncomingMessage
from taskiq.receiver.receiver import Receiver


async def main() -> None:
    receiver = Receiver(sys.argv[1], sys.argv[2])
    await asyncio.gather(*(receiver.callback(IncomingMessage(f"letter {number}")) for number in range(3)))


asyncio.run(main())
