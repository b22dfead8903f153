"""Tasks that take their time to end after cancel(): one finishes its round first, one cleans up with awaits, one takes the request back."""

import asyncio


async def finishes_its_round(done: list[int]) -> None:
    stopping = False
    while not stopping:
        for step in range(3):
            try:
                await asyncio.sleep(0.01)
            except asyncio.CancelledError:
                stopping = True
            done.append(step)


async def cleans_up() -> None:
    try:
        await asyncio.Event().wait()
    finally:
        for _ in range(3):
            await asyncio.sleep(0.02)


async def takes_it_back(go_on: asyncio.Event) -> str:
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        task = asyncio.current_task()
        assert task is not None
        task.uncancel()
    await go_on.wait()
    return "went on"


async def main() -> None:
    done: list[int] = []
    go_on = asyncio.Event()
    tasks = [asyncio.create_task(c) for c in (finishes_its_round(done), cleans_up(), takes_it_back(go_on))]
    await asyncio.sleep(0.05)
    for task in tasks:
        task.cancel()
    await asyncio.sleep(0.02)
    go_on.set()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert tasks[2].result() == "went on"


asyncio.run(main())
