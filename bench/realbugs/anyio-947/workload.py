"""Downloads, one at a time.  The visitors wait for their turn only so long; the nightly copy waits as long as it takes."""

import asyncio

import anyio

PATIENCE = 0.1


async def download(limiter: anyio.CapacityLimiter) -> None:
    async with limiter:
        await anyio.sleep(0.02)


async def visitor(limiter: anyio.CapacityLimiter, number: int) -> None:
    with anyio.move_on_after(PATIENCE) as patience:
        await download(limiter)
    print(f"visitor {number} {'left' if patience.cancelled_caught else 'served'}")


async def nightly_copy(limiter: anyio.CapacityLimiter) -> None:
    await anyio.sleep(0.01)
    await download(limiter)
    print("copied")


async def main() -> None:
    limiter = anyio.CapacityLimiter(1)
    async with anyio.create_task_group() as tasks:
        for number in range(2):
            tasks.start_soon(visitor, limiter, number)
        tasks.start_soon(nightly_copy, limiter)


if __name__ == "__main__":
    asyncio.run(main())
