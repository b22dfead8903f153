"""Long pages are read from a server in the same program, and the first lines of each ask for a picture while the rest is still to come: two at once, over two connections, wait for each other.

With "careful" as an argument a page is read to its end first.
"""

# server: none
# expects: POOL007 picture

import asyncio
import sys

import aiohttp
from aiohttp import web

CAREFUL = "careful" in sys.argv[1:]


async def answer(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(1 if request.path == "/picture" else 40):
        await response.write(bytes(100_000))
    return response


async def picture(session: aiohttp.ClientSession, url: str) -> bytes:
    async with session.get(f"{url}/picture") as response:
        return await response.read()


async def page(session: aiohttp.ClientSession, url: str) -> None:
    async with session.get(f"{url}/page") as response:
        if CAREFUL:
            await response.read()
        else:
            await response.content.readany()
        await picture(session, url)
        await response.read()


async def main() -> None:
    app = web.Application()
    app.add_routes([web.get("/{name}", answer)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = "http://{}:{}".format(*runner.addresses[0])
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=2), timeout=aiohttp.ClientTimeout(total=None)) as session:

        async def later(number: int) -> None:
            await asyncio.sleep(0.2 * number)
            await page(session, url)

        await asyncio.gather(*(later(number) for number in range(3)))
    await runner.cleanup()


asyncio.run(main())
