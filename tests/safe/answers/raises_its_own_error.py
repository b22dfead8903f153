"""Turns the deadline into an error of its own and lets it out."""

import asyncio


class Unavailable(Exception):
    pass


async def ask():
    try:
        return await asyncio.wait_for(asyncio.sleep(0.1, "answer"), 0.4)
    except TimeoutError as error:
        raise Unavailable("no answer in time") from error


print(asyncio.run(ask()))
