"""A recorder takes readings from a stream in batches; a batch ends when no reading has come for a while."""

import asyncio

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

READINGS = 6
PAUSE = 0.06


async def measure(send: MemoryObjectSendStream[int]) -> None:
    async with send:
        for reading in range(READINGS):
            await anyio.sleep(0.02)
            await send.send(reading)


async def record(receive: MemoryObjectReceiveStream[int]) -> int:
    batch: list[int] = []
    count = 0
    async with receive:
        while True:
            try:
                with anyio.move_on_after(PAUSE) as waiting:
                    batch.append(await receive.receive())
            except anyio.EndOfStream:
                return count + len(batch)
            if waiting.cancelled_caught:
                count += len(batch)
                batch.clear()


async def main() -> None:
    send, receive = anyio.create_memory_object_stream[int](max_buffer_size=10)
    _, count = await asyncio.gather(measure(send), record(receive))
    print(f"{count} readings recorded")


if __name__ == "__main__":
    asyncio.run(main())
