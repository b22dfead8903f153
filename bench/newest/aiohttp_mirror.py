"""Files fetched with aiohttp over two connections from a server in the same program: streams, uploads, a websocket, retries and deadlines."""

# server: none
# package: aiohttp

import asyncio

import aiohttp
from aiohttp import web


async def file(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for number in range(3):
        await asyncio.sleep(0.01)
        await response.write(b"%s.%d;" % (request.match_info["name"].encode(), number))
    return response


async def store(request: web.Request) -> web.Response:
    return web.json_response({"got": len(await request.read())})


async def talk(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse(heartbeat=5)
    await socket.prepare(request)
    async for message in socket:
        if message.type == aiohttp.WSMsgType.TEXT:
            await socket.send_str("re " + message.data)
    return socket


async def fetch(session: aiohttp.ClientSession, name: str) -> bytes | None:
    for _ in range(2):
        try:
            async with asyncio.timeout(0.2), session.get(f"/file/{name}") as response:
                return b"".join([chunk async for chunk in response.content.iter_chunked(4)])
        except (TimeoutError, aiohttp.ClientError):
            continue
    return None


async def upload(session: aiohttp.ClientSession, size: int) -> int | None:
    try:
        async with session.post("/store", data=bytes(size), timeout=aiohttp.ClientTimeout(total=0.3)) as response:
            return (await response.json())["got"]
    except (TimeoutError, aiohttp.ClientError):
        return None


async def converse(session: aiohttp.ClientSession) -> list[str]:
    said = []
    try:
        async with asyncio.timeout(0.5), session.ws_connect("/talk") as socket:
            for word in ("one", "two"):
                await socket.send_str(word)
                said.append(await socket.receive_str())
    except (TimeoutError, TypeError, aiohttp.ClientError):
        pass
    return said


async def main() -> None:
    app = web.Application()
    app.add_routes([web.get("/file/{name}", file), web.post("/store", store), web.get("/talk", talk)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    base = "http://{}:{}".format(*runner.addresses[0])
    async with aiohttp.ClientSession(base, connector=aiohttp.TCPConnector(limit=2)) as session:
        one, two, got, said = await asyncio.gather(fetch(session, "one"), fetch(session, "two"), upload(session, 70_000), converse(session))
        assert one in (None, b"one.0;one.1;one.2;") and two in (None, b"two.0;two.1;two.2;"), (one, two)
        assert got in (None, 70_000), got
        assert said == ["re one", "re two"][: len(said)], said
    await runner.cleanup()


asyncio.run(main())
