"""Tasks fail, and a supervisor fetches their exceptions later."""

import asyncio


async def fragile(number: int) -> int:
    await asyncio.sleep(0.001 * number)
    if number % 2:
        raise RuntimeError(number)
    return number


async def main() -> None:
    tasks = [asyncio.create_task(fragile(number)) for number in range(5)]
    await asyncio.sleep(3)
    done, pending = await asyncio.wait(tasks)
    assert not pending
    assert sorted(str(t.exception()) for t in done if t.exception()) == ["1", "3"]


asyncio.run(main())
