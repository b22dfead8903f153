"""A cancelled worker takes its time for cleaning up, and is awaited."""

import asyncio
import contextlib


async def worker(flushed: list[str]) -> None:
    try:
        while True:
            await asyncio.sleep(0.01)
    finally:
        await asyncio.sleep(0.02)
        flushed.append("flushed")


async def main() -> None:
    flushed: list[str] = []
    task = asyncio.create_task(worker(flushed))
    await asyncio.sleep(0.05)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert flushed == ["flushed"]


asyncio.run(main())
