"""Polling with growing pauses and a limit far beyond any lateness."""

import asyncio


async def main() -> None:
    ready: list[str] = []

    async def finish() -> None:
        await asyncio.sleep(0.3)
        ready.append("done")

    job = asyncio.create_task(finish())
    pause = 0.05
    for _ in range(12):
        if ready:
            break
        await asyncio.sleep(pause)
        pause = min(pause * 2, 2.0)
    assert ready == ["done"]
    await job


asyncio.run(main())
