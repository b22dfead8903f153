"""Fire and forget, with a set that keeps the tasks and a drain at the end."""

import asyncio


async def main() -> None:
    background: set[asyncio.Task[None]] = set()
    written: list[int] = []

    async def write(number: int) -> None:
        await asyncio.sleep(0.001)
        written.append(number)

    for number in range(5):
        task = asyncio.create_task(write(number))
        background.add(task)
        task.add_done_callback(background.discard)
        await asyncio.sleep(0)
    while background:
        await asyncio.gather(*background)
    assert sorted(written) == list(range(5))


asyncio.run(main())
