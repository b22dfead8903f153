"""A session with two connections against a server in the same program; each request has a deadline."""

# server: none

import asyncio

import aiohttp
from aiohttp import web


async def page(request: web.Request) -> web.Response:
    await asyncio.sleep(0.01)
    return web.Response(text="page " + request.match_info["number"])


async def fetch(session: aiohttp.ClientSession, base: str, number: int) -> str | None:
    try:
        async with asyncio.timeout(0.3), session.get(f"{base}/{number}") as response:
            return await response.text()
    except TimeoutError:
        return None


async def main() -> None:
    app = web.Application()
    app.add_routes([web.get("/{number}", page)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    base = "http://{}:{}".format(*runner.addresses[0])
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=2)) as session:
        pages = await asyncio.gather(*(fetch(session, base, number) for number in range(4)))
    assert all(got in (None, f"page {number}") for number, got in enumerate(pages)), pages
    await runner.cleanup()


asyncio.run(main())
