"""Hand-made deadline by a sleep: racing a task against a sleeping task, exit status says so."""

import asyncio
import sys


async def job():
    for _ in range(3):
        await asyncio.sleep(0.01)
    return 1


async def main():
    j = asyncio.create_task(job())
    s = asyncio.create_task(asyncio.sleep(0.5))
    done, pend = await asyncio.wait({j, s}, return_when=asyncio.FIRST_COMPLETED)
    for t in pend:
        t.cancel()
    if j not in done:
        print("too slow", file=sys.stderr)
        return 3
    return 0


sys.exit(asyncio.run(main()))
