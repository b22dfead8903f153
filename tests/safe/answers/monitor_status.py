"""Correct: monitors a service; slow answer -> exit status 1 through sys.exit, documented."""

import asyncio
import sys


async def probe():
    await asyncio.sleep(0.01)
    return "up"


async def main():
    try:
        async with asyncio.timeout(0.5):
            print(await probe())
    except TimeoutError:
        print("CRITICAL: slow", file=sys.stderr)
        return 2
    return 0


sys.exit(asyncio.run(main()))
