"""Each task has a context of its own across awaits."""

import asyncio
import contextvars

request: contextvars.ContextVar[int] = contextvars.ContextVar("request")


async def inner() -> int:
    await asyncio.sleep(0.001)
    return request.get()


async def handle(number: int) -> None:
    request.set(number)
    await asyncio.sleep(0)
    assert await inner() == number
    assert await asyncio.create_task(inner()) == number


async def main() -> None:
    await asyncio.gather(*(handle(number) for number in range(4)))


asyncio.run(main())
