"""Runs `main` of a script again and again in one process on asyncio's own loop -> runs per second.

    python plain.py SCRIPT SECONDS
"""

from __future__ import annotations

import asyncio
import runpy
import sys
import time


def main() -> None:
    program = runpy.run_path(sys.argv[1])
    asyncio.run(program["main"]())
    runs, began = 0, time.perf_counter()
    end = began + float(sys.argv[2])
    while (now := time.perf_counter()) < end:
        asyncio.run(program["main"]())
        runs += 1
    print(runs / (now - began))


main()
