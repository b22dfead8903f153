"""Exits with status 1 when its deadline passes: its answer to a slow world."""

import asyncio
import sys


async def main():
    try:
        async with asyncio.timeout(0.5):
            await asyncio.sleep(0.1)
    except TimeoutError:
        print("the service does not answer", file=sys.stderr)
        return 1
    return 0


sys.exit(asyncio.run(main()))
