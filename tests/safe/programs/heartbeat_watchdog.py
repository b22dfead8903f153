"""A 10 s watchdog of a 1 s heartbeat: each beat may be a second late, and the watchdog still sleeps well."""

import asyncio


async def beat(beats: asyncio.Event) -> None:
    for _ in range(8):
        await asyncio.sleep(1)
        beats.set()


async def watch(beats: asyncio.Event, heart: asyncio.Task[None]) -> int:
    seen = 0
    while not heart.done():
        async with asyncio.timeout(10):
            await beats.wait()
        beats.clear()
        seen += 1
        await asyncio.sleep(0.1)
        if heart.done():
            break
        if not beats.is_set() and seen == 8:
            break
    return seen


async def main() -> None:
    beats = asyncio.Event()
    heart = asyncio.create_task(beat(beats))
    assert await watch(beats, heart) >= 1
    await heart


asyncio.run(main())
