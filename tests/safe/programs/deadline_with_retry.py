"""A tight deadline that may strike, and a retry that deals with it."""

import asyncio


async def fetch(attempt: int) -> str:
    await asyncio.sleep(0.2)
    return f"answer {attempt}"


async def main() -> None:
    answer = None
    for attempt in range(3):
        try:
            answer = await asyncio.wait_for(fetch(attempt), 0.5)
        except TimeoutError:
            continue
        break
    assert answer is None or answer.startswith("answer")


asyncio.run(main())
