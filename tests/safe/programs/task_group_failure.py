"""A TaskGroup fails, its other tasks are cancelled, and the group's exception is handled."""

import asyncio


async def main() -> None:
    ended: list[str] = []

    async def fails() -> None:
        await asyncio.sleep(0.002)
        raise ValueError("broken")

    async def works() -> None:
        try:
            await asyncio.sleep(2.5)
        finally:
            ended.append("ended")

    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(works())
            group.create_task(fails())
    except* ValueError:
        ended.append("handled")
    assert ended == ["ended", "handled"]


asyncio.run(main())
